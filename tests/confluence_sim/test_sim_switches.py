"""Switches are set from the command line, each by its own type of value."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import fields
from typing import Any

import pytest
from confluence_sim import Switches
from confluence_sim.__main__ import parser
from confluence_sim.switch_text import parse_switch


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("dc_next_start_bug=false", ("dc_next_start_bug", False)),
        ("move_bumps_version=true", ("move_bumps_version", True)),
        ("cursor_padding=300", ("cursor_padding", 300)),
        ("index_lag_seconds=2.5", ("index_lag_seconds", 2.5)),
        ("site_time_zone=Asia/Kolkata", ("site_time_zone", "Asia/Kolkata")),
        ("dc_attachment_search_fails_from=50", ("dc_attachment_search_fails_from", 50)),
        ("dc_when_missing_before=2026-01-05T09:00:00.000Z", ("dc_when_missing_before", "2026-01-05T09:00:00.000Z")),
    ],
)
def test_a_switch_is_read_from_the_command_line(text: str, setting: tuple[str, Any]) -> None:
    assert parser().parse_args(["--switch", text]).switch == [setting]


@pytest.mark.parametrize("field", fields(Switches), ids=lambda field: str(field.name))
def test_every_switch_can_be_set_to_what_it_is(field: Any) -> None:
    value = getattr(Switches(), field.name)
    if value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        assert parse_switch(f"{field.name}={text}") == (field.name, value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gravity=off", "no such switch: gravity; known: .*cql_zone"),
        ("dc_next_start_bug=maybe", "dc_next_start_bug: true or false, not maybe"),
        ("cursor_padding=many", "cursor_padding: "),
    ],
)
def test_a_switch_that_makes_no_sense_is_refused_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        parse_switch(text)
