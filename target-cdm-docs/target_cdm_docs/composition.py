"""The composition root: puts the mapping together with the reading of bodies, as the settings say."""

from __future__ import annotations

from importlib.util import find_spec

from cdm_docs.content.chunks import chunk
from cdm_docs.content.read import read
from cdm_docs.mapping.options import Options

from target_cdm_docs.settings import MappingSettings, SettingsError


def mapping_options(settings: MappingSettings) -> Options:
    """Return the options of the mapping.

    Raises:
        SettingsError: Chunks are asked for and the library that cuts them is not installed.
    """
    if settings.chunks_enabled and find_spec("langchain_text_splitters") is None:
        raise SettingsError("chunks_enabled needs an extra: pip install 'target-cdm-docs[chunks]'")
    return Options(
        source_system=settings.source_system,
        text_format=settings.text_format,
        chunks_enabled=settings.chunks_enabled,
        chunk_size=settings.chunk_size,
        chunk_overlap=settings.chunk_overlap,
        read=read,
        chunk=chunk,
    )
