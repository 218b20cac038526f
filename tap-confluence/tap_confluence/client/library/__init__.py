"""The library's front door: Confluence without Singer."""
