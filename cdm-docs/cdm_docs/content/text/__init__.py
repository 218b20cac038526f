"""Nodes rendered as Markdown and as plain text. Pure."""
