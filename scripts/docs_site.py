"""Hooks of MkDocs: pages that stand outside of docs/ are pages of the site, and links lead to where they are there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files  # type: ignore[import-not-found] # in the environment of make docs

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "README.md": "index.md",
    "examples/README.md": "examples.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
} | {f"{name}/README.md": f"{name}.md" for name in ("tap-confluence", "target-cdm-docs", "cdm-docs", "confluence-sim")}
"""Where pages are in the repository, and on the site."""
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from outside of docs/."""
    for source, name in PAGES.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Let links lead to pages of the site; what the site does not have is told without a link."""
    del config
    homes = {name: source for source, name in PAGES.items()}
    folder = (ROOT / homes.get(page.file.src_uri, f"docs/{page.file.src_uri}")).parent

    def moved(found: re.Match[str]) -> str:
        picture, text, target, fragment = found.groups()
        there = Path(os.path.normpath(folder / target)).relative_to(ROOT).as_posix()
        name = PAGES.get(there, there.removeprefix("docs/"))
        if files.get_file_from_path(name) is None:
            return text
        return f"{picture}[{text}]({name}{fragment or ''})"

    outside = re.split(r"(^```.*?^```|^(?: {4}.*\n)+)", markdown, flags=re.DOTALL | re.MULTILINE)
    return "".join(part if number % 2 else LINK.sub(moved, part) for number, part in enumerate(outside))
