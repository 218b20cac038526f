"""A set as rows: each member once, whatever a listing showed twice."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tap_confluence.normalise import data_center, sets
from tap_confluence.normalise.values import Context
from tap_confluence.sync.sets.sets import EMPTIES, EMPTY, parent_set

CONTEXT = Context("https://acme.atlassian.net/wiki", "2026-01-05T09:00:00.000Z")
NOBODY = ("unknown", "unknown")
PARENT = {"id": "7", "parent": {"content_id": "7"}}


@pytest.mark.parametrize("stream", sorted(EMPTIES))
@pytest.mark.parametrize("seed", range(5))
def test_a_member_that_came_twice_is_one_row_and_the_digest_does_not_mind(stream: str, seed: int) -> None:
    dice = random.Random(seed)
    names = [name for name, value in EMPTIES[stream].items() if value == EMPTY]
    members = [
        {**EMPTIES[stream], **{name: f"{name} {number}" for name in names}} for number in range(dice.randint(1, 9))
    ]
    shown = [*members, *dice.choices(members, k=4)]
    dice.shuffle(shown)
    set_ = parent_set(stream, "-", PARENT, shown, "now")
    assert sorted(tuple(row[name] for name in names) for row in set_.rows) == sorted(
        tuple(row[name] for name in names) for row in members
    )
    assert {row["set_size"] for row in set_.rows} == {len(set_.rows)}
    assert set_.digest == parent_set(stream, "-", PARENT, members, "later").digest
    (empty,) = parent_set(stream, "-", PARENT, [], "now").rows
    assert (empty["set_size"], [empty[name] for name in names]) == (0, [EMPTY] * len(names))


@pytest.mark.parametrize("operation", ["read", None])
@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("who", [{}, {"accountId": None}, {"type": "unknown", "displayName": "Former user"}, None, "x"])
def test_a_restriction_to_whom_the_site_does_not_name_stays_one(kind: str, who: Any, operation: str | None) -> None:
    lists = {"user": {"results": []}, "group": {"results": []}} | {kind: {"results": [who]}}
    restrictions = {"read": {"operation": operation, "restrictions": lists}, "update": {"restrictions": lists}}
    shown = sets.restrictions_of({"id": "7", "type": "page", "restrictions": restrictions}, CONTEXT)
    told = [(row["operation"], row["principal_type"], row["principal_id"]) for row in shown["members"]]
    assert told == [("read", *NOBODY), ("update", *NOBODY)]


@pytest.mark.parametrize("kind", ["user", "group"])
def test_whom_a_permission_does_not_name_is_unknown_and_not_anonymous(kind: str) -> None:
    def principals(subject: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
        operation = {"operation": "read", "targetType": "space"}
        row = {"subjects": {kind: {"results": [subject]}}, "operation": operation, **more}
        found = data_center.permissions_of({"permissions": [row]}, CONTEXT)
        return [(each["principal_type"], each["principal_id"]) for each in found]

    assert principals({"displayName": "Former user"}) == [(kind, "unknown")]
    assert principals({"type": "anonymous"}) == [("anonymous", "anonymous")]
    assert principals({}, anonymousAccess=True) == [("anonymous", "anonymous")]
    cloud = sets.permission({"id": "1", "operation": {"key": "read", "targetType": "space"}}, CONTEXT)
    assert (cloud["principal_type"], cloud["principal_id"]) == NOBODY


@pytest.mark.parametrize("stream", sorted(EMPTIES))
def test_a_member_without_an_id_does_not_keep_a_set_from_being_whole(stream: str) -> None:
    names = [name for name, value in EMPTIES[stream].items() if value == EMPTY]
    member = {**EMPTIES[stream], **dict.fromkeys(names, "one")}
    (row,) = parent_set(stream, "-", PARENT, [member, {**member, names[0]: None}], "now").rows
    assert (row["set_size"], row[names[0]]) == (1, "one")
