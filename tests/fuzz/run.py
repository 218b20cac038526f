"""Coverage-guided fuzzing: some minutes of ever new bytes for each harness; a crash is written as a file.

    python tests/fuzz/run.py                     # every harness, five minutes each
    python tests/fuzz/run.py storage adf -s 60   # these, a minute each

Needs atheris, which is not in requirements.lock: ``.venv/bin/python -m pip install atheris``. What it found of old
stands in ``test_fuzz_harnesses.py``, which needs no atheris.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

PACKAGES = ["tap_confluence", "target_cdm_docs"]
LONGEST = 20_000
"""Bytes of an input: most of the sample site's bodies, whole."""
SLOWEST = 20
"""Seconds for one input; what takes longer is a finding."""


def fuzz(name: str, corpus: Path, seconds: int) -> None:
    """Fuzz one harness in this process, which ends with it."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=PACKAGES):
        harnesses = importlib.import_module("support.fuzzing").HARNESSES
    harness = harnesses[name]
    for number, seed in enumerate(harness.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-timeout={SLOWEST}", f"-max_len={LONGEST}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={name}-", str(corpus)], harness.check)
    atheris.Fuzz()


def main() -> int:
    """Fuzz the harnesses that were named, one after the other; 1 if one of them crashed."""
    commands = argparse.ArgumentParser(description="Coverage-guided fuzzing of what reads untrusted bytes.")
    commands.add_argument("names", nargs="*", help="default: all")
    commands.add_argument("-s", "--seconds", type=int, default=300, help="for each (300)")
    commands.add_argument("--corpus", type=Path, help="where one harness's inputs are kept, in this very process")
    wanted = commands.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("this needs atheris: .venv/bin/python -m pip install atheris\n")
        return 2
    if wanted.corpus is not None:
        (name,) = wanted.names
        fuzz(name, wanted.corpus, wanted.seconds)
    crashed = []
    for name in wanted.names or sorted(importlib.import_module("support.fuzzing").HARNESSES):
        with tempfile.TemporaryDirectory() as corpus:
            options = ["-s", str(wanted.seconds), "--corpus", corpus]
            if subprocess.run([sys.executable, __file__, name, *options], check=False).returncode:
                crashed.append(name)
    sys.stderr.write(f"crashed: {', '.join(crashed) or 'none'}\n")
    return bool(crashed)


if __name__ == "__main__":
    sys.exit(main())
