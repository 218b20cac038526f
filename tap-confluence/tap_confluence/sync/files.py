"""Attachments on disk: which are wanted, where they lie, and what they hold (CONTRACT 1.1, ``attachments_*``).

A file lies at ``<directory>/<space id>/<attachment id>/<version>/<safe name>``; it is written to a folder apart
and moved there when it is whole, so what is there is whole, and a version that is there is not fetched again.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from tap_confluence.api.query import ItemFailure, Record
from tap_confluence.client.errors import (
    ConfluenceConfigError,
    ConfluenceError,
    ConfluenceResponseError,
    ends_everything,
)
from tap_confluence.settings import Settings
from tap_confluence.sync.context import RunContext

MOST_NAME_BYTES = 150
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_CHUNK = 1 << 20


def safe_name(title: str | None) -> str:
    """A title as a file's name that no system takes for a path, a device or a command.

    >>> safe_name("../../etc/passwd")
    '_.._etc_passwd'
    """
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", title or "")).strip(" .")
    if not name or _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode("utf-8", "replace")) > MOST_NAME_BYTES // 4:
        stem, dot, ending = name, "", ""
    room = MOST_NAME_BYTES - len((dot + ending).encode("utf-8", "replace"))
    return stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + dot + ending


def safe_part(value: object) -> str:
    """An id as a directory's name."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", str(value))[:MOST_NAME_BYTES] or "_"


def wanted_files(settings: Settings) -> str:
    """Which files a run fetches, as STATE remembers it; empty when none."""
    if not settings.attachments_download:
        return ""
    most = settings.attachments_max_bytes
    return " ".join(["all" if most is None else str(most), *sorted(settings.attachments_media_types)])


class Files:
    """Fetches the attachments of rows that are about to be written."""

    def __init__(self, context: RunContext) -> None:
        """Take what the run shares."""
        self._api = context.api
        self._settings = settings = context.settings
        self._failures = context.failures
        self._root = Path(settings.attachments_directory or ".").expanduser()

    def fill(self, rows: list[Record]) -> set[str]:
        """Fetch the files of these rows, some at once, and tell their paths and hashes.

        Returns:
            The ids of rows whose files could not be fetched.

        Raises:
            ConfluenceConfigError: The directory cannot be written.
            ConfluenceAuthError: The credentials died, or lack the scope; a single file that is forbidden is a failure.
        """
        wanted = [row for row in rows if self._wants(row)]
        with _unfinished(self._root) as parts, ThreadPoolExecutor(self._settings.concurrency) as pool:
            outcomes = list(pool.map(lambda row: self._fetched(row, parts), wanted))
        failed = set()
        for row, failure in zip(wanted, outcomes, strict=True):
            if failure is not None:
                self._failures.of_items([failure], row["observed_at"])
                failed.add(row["id"])
        return failed

    def _wants(self, row: Record) -> bool:
        patterns = self._settings.attachments_media_types
        media_type = (row["media_type"] or "").partition(";")[0].strip().lower()
        if patterns and not any(fnmatchcase(media_type, pattern.lower()) for pattern in patterns):
            return False
        most = self._settings.attachments_max_bytes
        return most is None or row["file_size"] is None or row["file_size"] <= most

    def _fetched(self, row: Record, parts: Path) -> ItemFailure | None:
        """Fetch one file, if it is not there yet; returns why that failed."""
        name = safe_name(row["title"])
        place = self._root / safe_part(row["space_id"]) / safe_part(row["id"]) / safe_part(row["version"]) / name
        try:
            digest = _digest(place, row["file_size"]) or self._downloaded(row, place, parts)
        except ConfluenceError as error:
            if ends_everything(error):
                raise
            place_of = {"space_id": row["space_id"], "url": row["url"]}
            return ItemFailure.of(error, "attachments", row["id"], stage="download", **place_of)
        except OSError as error:
            raise ConfluenceConfigError(
                f"attachments_directory: {place.parent} cannot be written ({error.strerror})"
            ) from None
        row["content_path"], row["content_sha256"] = str(place), digest
        return None

    def _downloaded(self, row: Record, place: Path, parts: Path) -> str:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=parts)
        try:
            with os.fdopen(handle, "w+b") as file:

                def begin() -> Callable[[bytes], object]:
                    file.seek(0)
                    file.truncate()
                    return file.write

                # No byte more than the row tells: what is packed may be of any length when it is unpacked.
                most = self._settings.attachments_max_bytes if row["file_size"] is None else row["file_size"]
                self._api.download(row, begin, most)
                file.flush()
                os.fsync(file.fileno())
            digest = _digest(Path(part), row["file_size"])
            if digest is None:
                size = Path(part).stat().st_size
                raise ConfluenceResponseError(f"{row['id']}: {size} bytes came instead of {row['file_size']}")
            Path(part).replace(place)
        finally:
            Path(part).unlink(missing_ok=True)
        return digest


@contextmanager
def _unfinished(root: Path) -> Iterator[Path]:
    """A folder for what is not whole yet; those of runs that were killed are removed: nobody holds their locks.

    Raises:
        ConfluenceConfigError: The directory cannot be written.
    """
    home = root / ".parts"
    own = home / uuid4().hex
    try:
        home.mkdir(parents=True, exist_ok=True)
        for left in home.glob("*.lock"):
            with suppress(Timeout), FileLock(left, blocking=False):
                shutil.rmtree(left.with_suffix(""), ignore_errors=True)
                left.unlink(missing_ok=True)
        with FileLock(own.with_suffix(".lock")):
            own.mkdir()
            try:
                yield own
            finally:
                shutil.rmtree(own, ignore_errors=True)
                own.with_suffix(".lock").unlink(missing_ok=True)
    except OSError as error:
        raise ConfluenceConfigError(f"attachments_directory: {home} cannot be written ({error.strerror})") from None
    with suppress(OSError):  # another run has something there
        home.rmdir()


def _digest(path: Path, size: int | None) -> str | None:
    """The SHA-256 of a file in hex; None when it is not there, or not of this size."""
    if not path.is_file() or (size is not None and path.stat().st_size != size):
        return None
    found = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
