"""Confluence Cloud: its v2 API, with v1 where v2 has nothing."""
