"""The composition root: puts the mapping together with the reading of bodies, as the settings say."""

from __future__ import annotations

from collections.abc import Sized
from pathlib import Path
from pkgutil import resolve_name

from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.chunks.cutting import Cutting, Measure
from cdm_docs.content.read import RENDERINGS, read
from cdm_docs.mapping.options import Options, ReadFile

from target_cdm_docs.files.kinds import missing_packages
from target_cdm_docs.settings import MappingSettings, SettingsError


def mapping_options(settings: MappingSettings) -> Options:
    """Return the options of the mapping.

    Raises:
        SettingsError: The tokenizer is not there, or what reads files is not installed.
    """
    return Options(
        source_system=settings.source_system,
        text_format=settings.text_format,
        former_base_urls=settings.former_base_urls,
        chunks_enabled=settings.chunks_enabled,
        cutting=Cutting(
            settings.chunk_size,
            settings.chunk_overlap,
            links=settings.chunk_links == "markdown",
            measure=len if settings.chunk_tokenizer is None else _tokens_of(settings.chunk_tokenizer),
        ),
        chunk_context=settings.chunk_context,
        read=read,
        read_file=None if settings.attachments_directory is None else _file_reader(settings.attachments_directory),
        write=RENDERINGS,
        chunk=chunk,
    )


def _file_reader(folder: str) -> ReadFile:
    from target_cdm_docs.files.reading import FileReader  # noqa: PLC0415 - most runs read no files

    if missing := missing_packages():
        raise SettingsError(
            f"attachments_directory: reading files needs {', '.join(missing)}: install target-cdm-docs[files]"
        )
    return FileReader(Path(folder).expanduser())


def _tokens_of(tokenizer: str) -> Measure:
    """Return a function from a text to the number of its tokens."""
    try:
        tokenize = resolve_name(tokenizer)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(f"chunk_tokenizer: {tokenizer!r} cannot be loaded: {error}") from None
    if not callable(tokenize):
        raise SettingsError(f"chunk_tokenizer: {tokenizer!r} is no function")

    def measure(text: str) -> int:
        found = tokenize(text)
        return len(found) if isinstance(found, Sized) else int(found)

    return measure
