"""Append-only files: one folder a run, one file a table or stream (CONTRACT 2.2)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import IO, Any

import msgspec
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.streams import KEY, ROW_TYPES

from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.errors import StoreConnectionError, StoreWriteError
from target_cdm_docs.stores.files.metrics import ContentMetrics, metrics_of
from target_cdm_docs.stores.values import Cleaner

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 200
"""Characters of a file's name; file systems take 255 bytes."""


class NdjsonStore:
    """Files of JSON lines. A batch is on the disk as a whole or not at all; earlier runs' folders are never touched."""

    def __init__(self, directory: Path) -> None:
        """Take the directory; nothing is made yet."""
        self._directory = directory
        self.place = str(directory)
        self._sizes: dict[str, int] = {}
        self._rows: dict[str, int] = {}
        self._content = ContentMetrics()
        self._cleaner = Cleaner()

    def open(self) -> None:
        """Make the directory.

        Raises:
            StoreConnectionError: It cannot be made or written.
        """
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreConnectionError(f"destination: cannot make {self._directory}: {error.strerror}") from error
        if not os.access(self._directory, os.W_OK | os.X_OK):
            raise StoreConnectionError(f"destination: {self._directory} is not writable")

    def known_hashes(self, keys: Collection[int]) -> Mapping[int, str]:  # noqa: ARG002 - each run has files of its own
        """Return nothing: each run writes all that it is told (``Store.known_hashes``)."""
        return {}

    def apply(self, batch: Batch, run: Run) -> None:
        """Append a batch to the files of the run.

        Raises:
            StoreWriteError: Nothing of it is there.
        """
        lines: dict[str, list[str]] = {}
        content = self._content.copy()
        for stream, record in _records(batch):
            lines.setdefault(f"{_file_name(stream)}.ndjson", []).append(self._cleaner.json(record))
            content.count(stream, record)
        folder = self._directory / run.run_id
        try:
            folder.mkdir(exist_ok=True)
            written = _append(folder, lines, self._sizes)
        except OSError as error:
            self._forget_empty(folder)
            raise StoreWriteError(f"destination: cannot write into {folder}: {error.strerror}") from error
        self._content = content
        self._sizes |= written
        for name, some in lines.items():
            self._rows[name] = self._rows.get(name, 0) + len(some)

    def _forget_empty(self, folder: Path) -> None:
        if not self._sizes:
            with suppress(OSError):  # it could not be made, or holds what cannot be removed
                folder.rmdir()

    def close(self, run: Run, *, revisions_keep: int | None = None) -> None:
        """Write ``metrics.json``, and last ``manifest.json``: a folder without one is not complete.

        Nothing is ever removed from files.

        Raises:
            StoreWriteError: They cannot be written.
        """
        del revisions_keep
        folder = self._directory / run.run_id
        metrics = metrics_of(run, self._content) | {"replaced_characters": self._cleaner.replaced}
        try:
            folder.mkdir(exist_ok=True)
            _write(folder / "metrics.json", self._cleaner.json(metrics))
            names = [*sorted(self._rows), "metrics.json"]
            manifest = {
                "run_id": run.run_id,
                "phase": run.status,
                "artifacts": [self._artifact(folder / name) for name in names],
                "completed_at": run.finished_at,
            }
            _write(folder / "manifest.json", self._cleaner.json(manifest))
        except OSError as error:
            raise StoreWriteError(f"destination: cannot write into {folder}: {error.strerror}") from error

    def _artifact(self, file: Path) -> dict[str, Any]:
        """What the manifest tells of a file; records that are passed through have a key that nothing tells here."""
        keys = KEY if file.stem in ROW_TYPES else None
        return {
            "path": file.name,
            "sha256": _sha256(file),
            "rows": self._rows.get(file.name),
            "key_properties": keys,
        }

    def disconnect(self) -> None:
        """Nothing is held between batches."""


def _records(batch: Batch) -> Iterator[tuple[str, dict[str, Any]]]:
    for rows in batch.rows:
        yield from emit(rows)
    for raw in batch.raw:
        yield raw.stream, raw.record


def _file_name(stream: str) -> str:
    """A stream's name as a file name that cannot leave the folder; different names stay different."""
    name = _UNSAFE.sub(_escaped, stream)
    if 0 < len(name) <= _LONGEST:
        return name
    return f"{name[:_LONGEST]}%-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def _append(folder: Path, lines: dict[str, list[str]], sizes: dict[str, int]) -> dict[str, int]:
    """Append to files and return their sizes; when that fails, they are as they were."""
    grown: dict[str, int] = {}
    touched: list[str] = []
    try:
        for name, some in lines.items():
            touched.append(name)
            # Unbuffered: a buffer that a full disk refused would be tried again when the file is closed.
            with (folder / name).open("ab", buffering=0) as file:
                _write_all(file, ("\n".join(some) + "\n").encode())
                os.fsync(file.fileno())
                grown[name] = file.tell()
    except OSError:
        for name in touched:
            _shrink(folder / name, sizes.get(name, 0))
        raise
    return grown


def _write_all(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _shrink(path: Path, size: int) -> None:
    """Make a file what it was; one that was not there goes."""
    if size:
        os.truncate(path, size)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Write a small file so that it is there as a whole or not at all."""
    beside = path.with_suffix(".part")
    try:
        beside.write_text(msgspec.json.format(text, indent=2) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in _blocks(file):
            digest.update(block)
    return digest.hexdigest()


def _blocks(file: IO[bytes]) -> Iterable[bytes]:
    return iter(lambda: file.read(1 << 20), b"")
