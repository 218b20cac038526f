"""``cdm_doc_effective_access``: space AND item AND every restricted ancestor; what is unknown means no."""

from __future__ import annotations

from typing import Any

import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.access import assert_ways_agree
from support.memory import load
from support.stores import Destination
from support.tap_records import OPTIONS, Record, told
from tap_confluence.normalise.sets import resolved
from tap_confluence.sync.sets.sets import parent_set
from target_cdm_docs.stores.tables.tables import SET


def at(hour: int) -> str:
    return f"2026-02-01T{hour:02d}:00:00.000Z"


def rows(stream: str, *records: Record) -> list[CdmRows]:
    return [map_record(stream, record, OPTIONS) for record in records]


def page(content_id: str, parent: str | None = None, *, hour: int = 1, **more: Any) -> list[CdmRows]:
    changed = {"id": content_id, "parent_id": parent, "observed_at": at(hour), "body": None, **more}
    return rows("pages", told("pages", **changed))


def restricted(content_id: str, *to: str, hour: int = 1, operation: str = "read") -> list[CdmRows]:
    """Restricted to these (``user:u1``); to nobody in particular: no restriction."""
    same: Record = {"content_id": content_id, "operation": operation, "observed_at": at(hour)}
    who = [one.split(":") for one in to] or [["none", "none"]]
    return rows("content_restrictions", *[{**same, "principal_type": kind, "principal_id": one} for kind, one in who])


def permitted(*to: str, hour: int = 1) -> list[CdmRows]:
    same: Record = {"space_id": "1", "operation": "read", "target_type": "space", "observed_at": at(hour)}
    who = [one.split(":") for one in to] or [["none", "none"]]
    return rows("space_permissions", *[{**same, "principal_type": kind, "principal_id": one} for kind, one in who])


def members(group: str, *accounts: str, hour: int = 1) -> list[CdmRows]:
    same: Record = {"group_id": group, "observed_at": at(hour)}
    return rows("group_members", *[{**same, "account_id": one} for one in accounts or ("none",)])


def gone(kind: str, content_id: str, hour: int) -> list[CdmRows]:
    return rows("tombstones", told("tombstones", type=kind, id=content_id, detected_at=at(hour)))


SPACE = rows("spaces", told("spaces", observed_at=at(1)))
WORLD = [*SPACE, *permitted("group:g1", "user:u3", "anonymous:anyone"), *members("g1", "u1", "u2")]
EVERYBODY = {"group:g1", "user:u1", "user:u2", "user:u3", "anonymous:anyone"}


PRINCIPALS = [f"cdm:work:{one}" for one in ("user:acme:u1", "user:acme:u9", "group:acme:g1", "group:acme:g7")]


def readers(database: Destination, content_id: str) -> set[str]:
    """Who may read an item, by whichever way it is asked."""
    found = assert_ways_agree(database, [f"cdm:doc:item:acme:{content_id}"], PRINCIPALS)
    names = [f"{kind}:{principal.rpartition(':')[2]}" for _, principal, kind in found]
    assert len(names) == len(set(names))
    return set(names)


def test_an_unrestricted_page_is_for_all_of_its_space(destination: Destination) -> None:
    destination.load([*WORLD, *page("10"), *restricted("10")])
    assert readers(destination, "10") == EVERYBODY


def test_a_restricted_page_is_for_those_named_who_may_read_the_space(destination: Destination) -> None:
    destination.load([*WORLD, *page("10"), *restricted("10", "user:u1", "user:u9", "group:g7")])
    assert readers(destination, "10") == {"user:u1"}


def test_a_restriction_to_a_group_is_for_its_members(destination: Destination) -> None:
    destination.load([*WORLD, *members("g2", "u2", "u3", "u9"), *page("10"), *restricted("10", "group:g2")])
    assert readers(destination, "10") == {"user:u2", "user:u3"}


def test_every_restricted_ancestor_counts(destination: Destination) -> None:
    tree = [*page("10"), *page("11", "10"), *page("12", "11"), *page("13", "12")]
    limits = [*restricted("10", "user:u1", "user:u2"), *restricted("11"), *restricted("12", "user:u2", "user:u3")]
    destination.load([*WORLD, *tree, *limits, *restricted("13")])
    assert readers(destination, "11") == {"user:u1", "user:u2"}
    assert readers(destination, "12") == {"user:u2"}
    assert readers(destination, "13") == {"user:u2"}


def test_a_restriction_on_editing_keeps_no_reader_out(destination: Destination) -> None:
    destination.load([*WORLD, *page("10"), *restricted("10", "user:u1", operation="update")])
    assert readers(destination, "10") == EVERYBODY


def test_files_and_comments_are_for_the_readers_of_their_page(destination: Destination) -> None:
    hung = [
        *rows("attachments", told("attachments")),
        *rows("footer_comments", told("footer_comments", body=None)),
        *rows("inline_comments", told("inline_comments", body=None)),
    ]
    destination.load([*WORLD, *page("10"), *restricted("10", "user:u1"), *hung])
    for content_id in ("att12", "13", "14"):
        assert readers(destination, content_id) == {"user:u1"}


@pytest.mark.parametrize(
    "known",
    [
        pytest.param([*WORLD, *page("10")], id="no word on its restrictions"),
        pytest.param([*WORLD, *page("10", "9"), *restricted("10")], id="an ancestor that is not there"),
        pytest.param(
            [*WORLD, *page("9"), *page("10", "9"), *restricted("10")], id="no word on an ancestor's restrictions"
        ),
        pytest.param(
            [*WORLD, *page("9"), *restricted("9"), *gone("page", "9", 5), *page("10", "9"), *restricted("10")],
            id="an ancestor that is gone",
        ),
        pytest.param([*SPACE, *page("10"), *restricted("10")], id="no word on the space's permissions"),
        pytest.param([*WORLD[1:], *page("10"), *restricted("10")], id="a space that is not there"),
        pytest.param([*WORLD, *page("10", space_id=None), *restricted("10")], id="no word on its space"),
        pytest.param(
            [*WORLD, *page("10", "11"), *page("11", "10"), *restricted("10"), *restricted("11")], id="a ring of parents"
        ),
        pytest.param([*WORLD, *gone("space", "1", 5), *page("10"), *restricted("10")], id="a space that is gone"),
        pytest.param([*WORLD, *page("10"), *restricted("10"), *gone("page", "10", 5)], id="a page that is gone"),
        pytest.param([*WORLD, *permitted(hour=2), *page("10"), *restricted("10")], id="permissions taken away"),
        pytest.param(
            [*WORLD, *rows("folders", told("folders", id="9", parent_id=None)), *page("10", "9"), *restricted("10")],
            id="no word on a folder's restrictions",
        ),
        pytest.param(
            [*WORLD, *rows("attachments", told("attachments", id="10", container_id=None))], id="a file of no page"
        ),
        pytest.param(
            [*WORLD, *rows("footer_comments", told("footer_comments", id="10", container_id=None))],
            id="a comment on nothing",
        ),
    ],
)
def test_what_is_unknown_means_no(destination: Destination, known: list[CdmRows]) -> None:
    destination.load(known)
    assert readers(destination, "10") == set()


def people(**accounts: str) -> list[CdmRows]:
    """Accounts by id; a value is ``status type``."""
    told_so = [(account, *words.split()) for account, words in accounts.items()]
    return rows(
        "users",
        *[
            {"account_id": one, "account_status": status, "account_type": kind, "observed_at": at(1)}
            for one, status, kind in told_so
        ],
    )


SITE = people(u1="active atlassian", u2="active app", u3="closed atlassian", u4="active atlassian")


@pytest.mark.parametrize(
    ("access_class", "expected"),
    [
        ("authenticated-users", {"user:u1", "user:u2", "user:u4"}),
        ("all-licensed-users", {"user:u1", "user:u4"}),
        ("anonymous-users", {"anonymous:anonymous"}),
        ("all-product-admins", set()),
    ],
)
def test_an_access_class_lets_in_whom_the_site_is_known_to_count_among_it(
    destination: Destination, access_class: str, expected: set[str]
) -> None:
    destination.load([*SPACE, *SITE, *permitted(f"access_class:{access_class}"), *page("10"), *restricted("10")])
    assert readers(destination, "10") == expected | {f"access_class:{access_class}"}


def test_a_restriction_holds_also_for_an_access_class(destination: Destination) -> None:
    destination.load(
        [
            *[*SPACE, *SITE, *permitted("access_class:authenticated-users")],
            *[*page("10"), *restricted("10", "user:u1", "user:u3", "user:u9")],
        ]
    )
    assert readers(destination, "10") == {"user:u1"}


def test_a_role_whose_holders_are_unknown_lets_nobody_in(destination: Destination) -> None:
    destination.load([*SPACE, *SITE, *permitted("role:7"), *page("10"), *restricted("10")])
    assert readers(destination, "10") == {"role:7"}


def test_members_of_an_unknown_group_are_nobody(destination: Destination) -> None:
    destination.load([*SPACE, *permitted("group:g1"), *page("10"), *restricted("10")])
    assert readers(destination, "10") == {"group:g1"}


def test_sets_are_replaced_whole(destination: Destination) -> None:
    destination.load([*WORLD, *page("10"), *restricted("10", "user:u1", "user:u2")])
    destination.load(restricted("10", "user:u2", hour=3), restricted("10", "user:u1", hour=2))
    assert readers(destination, "10") == {"user:u2"}
    destination.load(members("g1", "u1", hour=4))
    assert readers(destination, "10") == set()
    destination.load(permitted("user:u2", hour=4))
    assert readers(destination, "10") == {"user:u2"}
    destination.load(restricted("10", hour=5))
    assert readers(destination, "10") == {"user:u2"}
    stored = {(row["target_cdm_id"], row["principal_cdm_id"]) for row in destination.rows("cdm_doc_access")}
    assert stored == {
        ("cdm:doc:space:acme:1", "cdm:work:user:acme:u2"),
        ("cdm:work:group:acme:g1", "cdm:work:user:acme:u1"),
    }


def test_what_was_told_of_a_removed_page_opens_it_to_nobody(destination: Destination) -> None:
    known = [*WORLD, *page("10"), *restricted("10", hour=2)]
    destination.load(known, gone("page", "10", 5), hard_delete=True)
    destination.load(page("10", hour=6), hard_delete=True)
    assert readers(destination, "10") == set()
    destination.load(restricted("10", hour=2), hard_delete=True)
    assert readers(destination, "10") == set()
    destination.load(restricted("10", hour=6), hard_delete=True)
    assert readers(destination, "10") == EVERYBODY


def test_law_10_an_old_gate_stands_until_the_new_set_is_complete(destination: Destination) -> None:
    destination.load([*WORLD, *page("10"), *restricted("10", "user:u1")])
    same: Record = {"content_id": "10", "observed_at": at(5), "set_size": 2, "principal_type": "user"}
    update, read = rows(
        "content_restrictions",
        told("content_restrictions", **same, operation="update", principal_id="u1"),
        told("content_restrictions", **same, operation="read", principal_id="u2"),
    )
    destination.load([update])
    assert readers(destination, "10") == {"user:u1"}
    destination.load([update], [read])
    assert readers(destination, "10") == {"user:u2"}


def test_law_10_a_first_set_that_is_not_complete_lets_nobody_in(destination: Destination) -> None:
    destination.load([*WORLD, *page("10")])
    same: Record = {"content_id": "10", "observed_at": at(5), "set_size": 2, "principal_type": "user"}
    destination.load(
        rows("content_restrictions", told("content_restrictions", **same, operation="update", principal_id="u1"))
    )
    assert readers(destination, "10") == set()


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("kind", ["group", "user"])
def test_a_page_for_a_group_or_a_person_called_none_is_for_nobody_else(
    destination: Destination, kind: str, times: int
) -> None:
    same: Record = {"content_id": "10", "observed_at": at(5), "set_size": 1, "operation": "read"}
    called_none = rows(
        "content_restrictions", told("content_restrictions", principal_type=kind, principal_id="none", **same)
    )
    destination.load([*WORLD, *page("10"), *restricted("10")], *[called_none] * times)
    assert readers(destination, "10") == set()


@pytest.mark.parametrize("kind", ["access", "link", "label", "task", "property"])
def test_law_10_a_set_that_says_that_it_is_empty_and_has_members_is_never_complete(kind: str) -> None:
    clock = {"clock_version": 0, "clock_observed_at": at(5), "clock_digest": ""}
    empty = {"cdm_id": "e", "kind": kind, "owner_cdm_id": "content_restrictions:cdm:doc:item:acme:10", "set_size": 1}
    batch = rows("cdm_doc_empty_set", empty | clock)
    assert load(batch, batch, batch).tables[SET.name] == {}


def test_a_role_of_which_no_permission_is_told_is_part_of_the_set_and_lets_nobody_in(destination: Destination) -> None:
    destination.load([*WORLD, *page("10"), *restricted("10")])
    permissions = [{"permission_id": "1", "principal_type": "user", "principal_id": "u3", "operation": "read"}]
    holders = [{"role_id": "r9", "principal_type": "user", "principal_id": "u1"}]
    space = {"id": "1", "parent": {"space_id": "1"}}
    told_now = parent_set("space_permissions", "1", space, resolved(permissions, holders), at(5)).rows
    destination.load(rows("space_permissions", *told_now))
    assert readers(destination, "10") == {"user:u3"}
