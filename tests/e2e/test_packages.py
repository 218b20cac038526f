"""The packages as others install them: fit for an index, and by every command of ``docs/install.md``."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import duckdb
import pytest
from confluence_sim import serve
from packaging.metadata import Metadata
from support.meltano import BIN, ROOT, clean_environment
from support.packages import NAMES, wheels
from support.pages import blocks
from support.tap import small_world, truth

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1500)]


def test_every_distribution_tells_what_an_index_wants_to_know(tmp_path: Path) -> None:
    built = wheels(tmp_path, sources=True)
    for name in NAMES:
        stem = name.replace("-", "_")
        (wheel,), (source,) = built.glob(f"{stem}-*.whl"), built.glob(f"{stem}-*.tar.gz")
        with zipfile.ZipFile(wheel) as files:
            (told,) = (each for each in files.namelist() if each.endswith(".dist-info/METADATA"))
            metadata = Metadata.from_email(files.read(told), validate=True)
            headers = message_from_bytes(files.read(told))
            names = set(files.namelist())
        assert told.replace("METADATA", "licenses/LICENSE") in names
        assert f"{stem}/py.typed" in names
        assert (metadata.license_expression, metadata.author) == ("Apache-2.0", "The tap-confluence maintainers")
        assert "Typing :: Typed" in (metadata.classifiers or ())
        assert headers.get_payload().lstrip().startswith(f"# {name}")  # type: ignore[union-attr] # of one part
        with tarfile.open(source) as archive:
            assert {Path(each).name for each in archive.getnames()} >= {"LICENSE", "README.md", "pyproject.toml"}


@pytest.mark.parametrize("way", [0, 1, 2], ids=["uv", "pipx", "pip"])
def test_every_way_to_install_brings_commands_that_run(way: int, tmp_path: Path) -> None:
    commands = blocks(ROOT / "docs" / "install.md", "sh")[way].replace("~/confluence-docs", f"'{tmp_path}/here'")
    places = {"UV_TOOL_DIR": tmp_path / "uv", "UV_TOOL_BIN_DIR": tmp_path / "bin", "PIPX_HOME": tmp_path / "pipx"}
    environment = clean_environment({name: str(place) for name, place in places.items()})
    environment |= {"PIPX_BIN_DIR": str(tmp_path / "bin"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    script = f"set -e; pipx() {{ '{BIN}/uvx' --quiet pipx \"$@\"; }}\n{commands}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=1200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    there = tmp_path / ("here" if way == 2 else "") / "bin"
    world = small_world()
    with serve(world) as site:
        told = {"BASE_URL": site.url, "EMAIL": site.email, "API_TOKEN": site.token}
        environment |= {f"TAP_CONFLUENCE_{name}": value for name, value in told.items()}
        pipe = "set -e -o pipefail; tap-confluence --config=ENV | target-cdm-docs; cdm-docs report"
        environment |= {"PATH": f"{there}:/usr/bin:/bin"}
        done = subprocess.run(
            ["bash", "-c", pipe],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "output" / "cdm-docs.duckdb")) as database:
        found = database.execute("SELECT source_item_id FROM cdm_doc_item WHERE doc_type = 'page'").fetchall()
    assert {item for (item,) in found} == set(truth(world, "pages"))
    assert (tmp_path / "output" / "report.html").is_file()
