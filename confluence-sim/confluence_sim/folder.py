"""A folder of storage-format files as a space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from confluence_sim.model import Space

if TYPE_CHECKING:
    from confluence_sim.world import World

SUFFIX = ".storage.xhtml"


def load_folder(world: World, directory: Path, *, key: str = "PAGES") -> Space:
    """Make a space of a folder's ``*.storage.xhtml`` files: title from the file name, body byte for byte.

    Raises:
        FileNotFoundError: there is no such file in the folder.
    """
    files = sorted(directory.glob(f"*{SUFFIX}"))
    if not files:
        raise FileNotFoundError(f"no *{SUFFIX} in {directory}")
    space = world.create_space(key=key, name=directory.resolve().name)
    for file in files:
        # bytes, not text mode: newline translation would change the body
        world.create_page(space, title=file.name.removesuffix(SUFFIX), body=file.read_bytes().decode("utf-8"))
    return space
