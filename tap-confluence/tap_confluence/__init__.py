"""Confluence in, Singer out."""
