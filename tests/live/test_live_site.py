"""One space of a real site, read-only: ``make test-live``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support.tap import command

NAMES = ("CONFLUENCE_TEST_URL", "CONFLUENCE_TEST_EMAIL", "CONFLUENCE_TEST_TOKEN")
MISSING = [name for name in NAMES if not os.environ.get(name)]


@pytest.mark.skipif(bool(MISSING), reason=f"set {', '.join(MISSING)} to read a real site")
def test_a_space_of_a_real_site_is_read_and_a_second_run_brings_no_page_again(tmp_path: Path) -> None:
    url, email, token = (os.environ[name] for name in NAMES)
    config, state = tmp_path / "config.json", tmp_path / "state.json"
    settings = {"base_url": url, "email": email, "api_token": token}
    config.write_text(json.dumps({**settings, "max_pages": 1}))
    spaces = command("--config", str(config))
    assert spaces.code == 0, spaces.stderr
    key = os.environ.get("CONFLUENCE_TEST_SPACE") or spaces.of("spaces")[0]["key"]

    config.write_text(json.dumps({**settings, "spaces": [key], "max_requests": 200}))
    first = command("--config", str(config))
    assert first.code == 0, first.stderr
    assert all(page["space_key"] == key and page["version"] >= 1 for page in first.of("pages"))
    state.write_text(json.dumps(first.state))
    second = command("--config", str(config), "--state", str(state))
    assert second.code == 0, second.stderr
    written = {(page["id"], page["version"]) for page in first.of("pages")}
    assert not written & {(page["id"], page["version"]) for page in second.of("pages")}
    assert token not in first.stdout + first.stderr + second.stdout + second.stderr
