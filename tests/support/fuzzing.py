"""The harnesses of the coverage-guided fuzzer: bytes in, nothing out, an exception where a promise is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from support import fuzz_tap, fuzz_target, fuzz_trees
from support.tap_records import RECORDS


@dataclass(frozen=True)
class Harness:
    """One reader of untrusted bytes.

    Attributes:
        check: Holds its promises against an input.
        seeds: Sound inputs to begin with.
    """

    check: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


ADDRESSES = [
    b"https://acme.atlassian.net/wiki/spaces/ENG/pages/123/Title+Words?focusedCommentId=7#Head",
    b"https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=123&spaceKey=ENG&title=T",
    b"https://e.org/confluence/display/ENG/Title+Words",
    b"/wiki/x/AbC\nENG",
    b"/wiki/download/attachments/42/a%20b.png?version=1",
    b"https://[::1]:8090/wiki/spaces/~ada/overview",
    b"http://wiki.example:80/x/AQAC\n~712020:a",
    b"//user:pw@127.1/rest/api",
]
WORDS = [b"ENG\n~712020:a", b'say "hi"\n\\', b"' or type = page order by id", b"needs-review\n\xc3\xa9", b""]
BYTES = [bytes(range(256)), bytes(range(255, 0, -1)), b"\1\2\3" * 80]
TITLES = [b"../../etc/passwd", b"CON.txt", b"a" * 300 + b".tar.gz", b"\xe2\x80\xaegnp.exe", b"C:\\x", b" . "]


def _answers() -> list[bytes]:
    by_id = {"id": "500", "spaceId": "11", "body": {"storage": {"value": "<p/>"}}, "version": {"number": 3}}
    old = {"history": {"lastUpdated": {"when": fuzz_tap.NOW}}, "space": {"key": "ENG"}, "ancestors": [{"id": 7}]}
    errors = {"errors": [{"status": "404", "code": "NOT_FOUND", "title": "Not Found", "detail": None}]}
    raw = [record["raw"] for record in RECORDS.values() if record.get("raw")]
    following = {"results": [], "_links": {"next": "/wiki/api/v2/pages?cursor=abc", "base": "https://e.org/wiki"}}
    return [json.dumps(each).encode() for each in (by_id, old, {**by_id, **old}, errors, following, *raw)]


HARNESSES = {
    "addresses": Harness(fuzz_tap.addresses, lambda: ADDRESSES),
    "adf": Harness(fuzz_target.adf, fuzz_target.adf_seeds),
    "adf-trees": Harness(lambda data: fuzz_target.adf(fuzz_trees.adf_tree(data)), lambda: BYTES),
    "answers": Harness(fuzz_tap.answers, _answers),
    "body-urls": Harness(fuzz_target.body_urls, lambda: ADDRESSES),
    "files": Harness(fuzz_tap.files, lambda: TITLES),
    "lines": Harness(fuzz_target.lines, fuzz_target.line_seeds),
    "objects": Harness(lambda data: fuzz_tap.answers(fuzz_trees.api_object(data)), lambda: BYTES),
    "queries": Harness(fuzz_tap.queries, lambda: WORDS),
    "storage": Harness(fuzz_target.storage, fuzz_target.storage_seeds),
    "storage-trees": Harness(lambda data: fuzz_target.storage(fuzz_trees.storage_tree(data)), lambda: BYTES),
}
