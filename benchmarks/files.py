"""What reading the text of a downloaded file costs: text, seconds of CPU, memory of the process that takes it apart.

Makes small files of each kind, one that is broken, two that unpack to a thousand times their size, a PDF of 200 pages
and a workbook of 200,000 cells, and reads each in a worker of its own; then all small ones in one worker.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from openpyxl import Workbook  # type: ignore[import-untyped]
from target_cdm_docs.files.kinds import kind_of
from target_cdm_docs.files.reading import blocks_of
from target_cdm_docs.files.worker import Worker

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cdm_docs.content.text.markdown import to_markdown
from support import documents

PAGES, CELLS = 200, 200_000
LINE = "The keeper writes down the hour of each light that went out and who lit it again"


def large_workbook(path: Path) -> None:
    """Write a workbook of 200,000 cells."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Lights")
    for row in range(CELLS // 10):
        sheet.append([f"light {row}", *range(row, row + 9)])
    book.save(path)


SMALL: dict[str, Callable[[Path], object]] = {
    "small.pdf": lambda path: documents.pdf(path, [LINE, LINE]),
    "small.docx": documents.docx,
    "small.pptx": documents.pptx,
    "small.xlsx": documents.xlsx,
    "small.html": lambda path: path.write_text(f"<html><body><h1>Lights</h1><p>{LINE}</p></body></html>"),
    "small.csv": lambda path: path.write_text("light;keeper\n" + "Fernlicht;Ada\n" * 20),
    "small.txt": lambda path: path.write_text(f"{LINE}\n\n" * 20),
}
OTHERS: dict[str, Callable[[Path], object]] = {
    "broken.pdf": lambda path: path.write_bytes(b"%PDF-1.4 and no more"),
    "bomb.docx": documents.bomb,
    "bomb.pdf": documents.pdf_bomb,
    f"{PAGES} pages.pdf": lambda path: documents.pdf(path, [LINE] * PAGES),
    "large.xlsx": large_workbook,
    "large.txt": lambda path: path.write_text(f"{LINE}\n\n" * 20_000),
}


class Cost(threading.Thread):
    """Looks every few milliseconds how much memory the process of a worker has, and how much CPU it has taken."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(daemon=True)
        self.worker = worker
        self.bytes = 0
        self.seconds = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        """Look until it is over."""
        while not self.over.wait(0.005):
            process = self.worker._process  # noqa: SLF001 - nobody else needs its memory
            if process is None:
                continue
            try:
                seen = psutil.Process(process.pid)
                self.bytes = max(self.bytes, seen.memory_info().rss)
                taken = seen.cpu_times()
            except psutil.Error:
                continue
            self.seconds = max(self.seconds, taken.user + taken.system)


def read(worker: Worker, path: Path) -> tuple[str, str]:
    """Return the text of a file as Markdown, and what is wrong with it."""
    parts, problem = worker.read(path, kind_of(None, path.name) or "")
    return to_markdown(blocks_of(parts)), problem or ""


def main() -> None:
    """Print a line for each file."""
    print(f"{'file':16}{'KB':>8}{'characters':>12}{'seconds':>9}{'MB':>6}  problem")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in {**SMALL, **OTHERS}.items():
            path, worker = Path(folder) / name, Worker()
            make(path)
            cost = Cost(worker)
            cost.start()
            text, problem = read(worker, path)
            time.sleep(0.02)
            cost.over.set()
            cost.join()
            worker.close()
            size = path.stat().st_size / 1000
            print(
                f"{name:16}{size:8,.1f}{len(text):12,}{cost.seconds:9.2f}{cost.bytes / 1e6:6.0f}  {problem}", flush=True
            )
        worker = Worker()
        read(worker, Path(folder) / "small.txt")
        process = psutil.Process(worker._process.pid if worker._process else None)  # noqa: SLF001 - as above
        start = process.cpu_times().user
        for _ in range(20):
            for name in SMALL:
                read(worker, Path(folder) / name)
        each = (process.cpu_times().user - start) / 20 / len(SMALL)
        worker.close()
        print(f"small ones in a worker that has begun: {1000 * each:.0f} ms each")


if __name__ == "__main__":
    main()
