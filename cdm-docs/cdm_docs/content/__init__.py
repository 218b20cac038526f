"""Confluence bodies read: storage format and ADF into links, text and chunks. Pure."""
