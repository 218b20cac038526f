"""Cloud v2 tasks, made from the task lists in bodies (FACTS 1.9, 1.11, 8.3)."""

from __future__ import annotations

import pytest
from confluence_sim import Content, Site, Space, World, serve
from confluence_sim.clock import to_ms
from support.sim import V2, ask, ids, judged, rows


def task(local_id: int, words: str, status: str = "incomplete") -> str:
    return (
        f"<ac:task><ac:task-id>{local_id}</ac:task-id><ac:task-status>{status}</ac:task-status>"
        f'<ac:task-body><span class="placeholder-inline-tasks">{words}</span></ac:task-body></ac:task>'
    )


def task_list(*tasks: str) -> str:
    return f"<p>To do:</p><ac:task-list>{''.join(tasks)}</ac:task-list>"


@pytest.fixture
def page(world: World, space: Space) -> Content:
    return world.create_page(space, title="Plan", body=task_list(task(1, "paint"), task(2, "varnish")))


def test_every_answer_about_tasks_keeps_to_atlassians_document(world: World, page: Content, site: Site) -> None:
    ada = world.create_user(display_name="Ada")
    body = f'<ac:link><ri:user ri:account-id="{ada.account_id}"/></ac:link> <time datetime="2026-02-01" />'
    world.create_blogpost(world.spaces[page.space_id], title="News", body=task_list(task(1, body)))
    for item in list(world.tasks.values())[1:]:
        world.tick(item)
    filters = {"space_id": page.space_id, "page_id": page.id, "created_by": world.admin.account_id, "task_id": "1,2"}
    with judged(site):
        for body_format in ("storage", "atlas_doc_format"):
            assert len(rows(site, f"{V2}/tasks", body_format=body_format, limit=2)) == 3
            assert ask(site, f"{V2}/tasks/3", body_format=body_format).status_code == 200
        assert ids(site, f"{V2}/tasks", status="incomplete", due_at_from=0, created_at_to=2**40) == []
        assert ids(site, f"{V2}/tasks", include_blank_tasks="false", **filters) == ["1", "2"]


def test_a_task_tells_where_it_stands_whose_it_is_and_until_when(world: World, space: Space, site: Site) -> None:
    ada = world.create_user(display_name="Ada")
    words = f'<ac:link><ri:user ri:account-id="{ada.account_id}"/></ac:link> <time datetime="2026-02-01" />'
    page = world.create_page(space, title="Plan", body=task_list(task(7, words)))
    (shown,) = rows(site, f"{V2}/tasks", body_format="storage")
    assert (shown["localId"], shown["spaceId"], shown["pageId"]) == ("7", space.id, page.id)
    assert (shown["createdBy"], shown["assignedTo"]) == (world.admin.account_id, ada.account_id)
    assert (shown["createdAt"], shown["dueAt"]) == (page.created_at, "2026-02-01T00:00:00.000Z")
    assert words in shown["body"]["storage"]["value"]
    assert {"blogPostId", "completedAt", "completedBy"}.isdisjoint(shown)


def test_tasks_follow_the_body_they_stand_in(world: World, page: Content, site: Site) -> None:
    before = {row["localId"]: row for row in rows(site, f"{V2}/tasks", body_format="storage")}
    edited = world.edit(page, body=task_list(task(2, "varnish twice"), task(3, "dry"), task(1, "paint")))
    after = {row["localId"]: row for row in rows(site, f"{V2}/tasks", body_format="storage")}
    assert after["1"] == before["1"]
    assert (after["2"]["id"], after["2"]["createdAt"]) == (before["2"]["id"], before["2"]["createdAt"])
    assert (after["2"]["updatedAt"], after["3"]["createdAt"]) == (edited.created_at, edited.created_at)
    world.edit(page, body=task_list(task(3, "dry")))
    assert [row["localId"] for row in rows(site, f"{V2}/tasks")] == ["3"]
    world.edit(page, body="<p>nothing left</p>")
    assert rows(site, f"{V2}/tasks") == []


def test_a_task_within_a_task_is_one_of_its_own_and_code_that_looks_like_one_is_none(
    world: World, space: Space, site: Site
) -> None:
    inner = task_list(task(2, "inner", "complete"))
    code = f"<ac:plain-text-body><![CDATA[{task(3, 'code')}]]></ac:plain-text-body>"
    world.create_page(space, title="Plan", body=task_list(task(1, f"outer {inner}")) + code)
    shown = rows(site, f"{V2}/tasks", body_format="storage")
    assert [(row["localId"], row["status"]) for row in shown] == [("1", "incomplete"), ("2", "complete")]
    assert inner in shown[0]["body"]["storage"]["value"]
    assert "outer" not in shown[1]["body"]["storage"]["value"]


@pytest.mark.parametrize("bumps", [True, False])
def test_ticking_makes_a_version_of_the_page_if_the_switch_says_so(
    world: World, page: Content, site: Site, bumps: bool
) -> None:
    world.switches.ticking_bumps_version = bumps
    ada = world.create_user(display_name="Ada")
    now = world.clock.now()
    world.tick(world.tasks["2"], author=ada)
    shown = ask(site, f"{V2}/tasks/2").json()
    assert (shown["status"], shown["completedBy"], shown["completedAt"]) == ("complete", ada.account_id, now)
    assert page.version == (2 if bumps else 1)
    assert page.body == task_list(task(1, "paint"), task(2, "varnish", "complete"))
    assert ask(site, f"{V2}/tasks/1").json()["status"] == "incomplete"
    world.tick(world.tasks["2"], done=False)
    assert "completedAt" not in ask(site, f"{V2}/tasks/2").json()


def test_fact_1_9_tasks_are_filtered_by_place_people_and_time(world: World, page: Content, site: Site) -> None:
    ada = world.create_user(display_name="Ada")
    other = world.create_space(key="OPS", name="Operations")
    post = world.create_blogpost(other, title="News", body=task_list(task(1, "")), author=ada)
    world.tick(world.tasks["1"], author=ada)
    path, born = f"{V2}/tasks", to_ms(world.tasks["3"].created_at)
    page_tasks = ["1", "2"]
    assert ids(site, path, limit=1) == ["1", "2", "3"]
    assert ids(site, path, space_id=other.id) == ["3"]
    assert ids(site, path, page_id=page.id) == page_tasks
    assert ids(site, path, blogpost_id=post.id) == ["3"]
    assert ids(site, path, page_id=page.id, blogpost_id=post.id) == ["1", "2", "3"]
    assert ids(site, path, created_by=ada.account_id) == ["3"]
    assert ids(site, path, completed_by=ada.account_id) == ["1"]
    assert ids(site, path, assigned_to=ada.account_id) == []
    assert ids(site, path, status="complete") == ["1"]
    assert ids(site, path, created_at_from=born) == ["3"]
    assert ids(site, path, created_at_to=born - 1) == page_tasks
    assert ids(site, path, completed_at_from=0) == ["1"]
    assert ask(site, path, sort="id").status_code == 400


def test_a_blank_task_is_left_out_if_asked(world: World, space: Space, site: Site) -> None:
    blank = task(1, "blank").replace('<span class="placeholder-inline-tasks">blank</span>', " ")
    world.create_page(space, title="Plan", body=task_list(blank, task(2, "words")))
    assert ids(site, f"{V2}/tasks") == ["1", "2"]
    assert ids(site, f"{V2}/tasks", include_blank_tasks="false") == ["2"]


def test_tasks_are_hidden_with_their_page(world: World, page: Content) -> None:
    other = world.create_user(display_name="Other")
    with serve(world, user=other) as site:
        assert ids(site, f"{V2}/tasks") == ["1", "2"]
        world.restrict(page, users=[world.admin])
        assert ids(site, f"{V2}/tasks") == []
        assert ask(site, f"{V2}/tasks/1").status_code == 404
        world.unrestrict(page)
        world.trash(page)
        assert ids(site, f"{V2}/tasks") == []
        world.restore(page)
        assert ids(site, f"{V2}/tasks") == ["1", "2"]
