"""Runs that ended without a word: killed, or their machine went down. The next run says so in their rows."""

from __future__ import annotations

import msgspec

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.tables.tables import RUN
from target_cdm_docs.stores.values import canonical

REASON = {"stage": "run", "message": "ended without a word: killed, or its machine went down"}


def tell_killed(session: Session, before: str) -> None:
    """Call failed what is in progress and began before a moment.

    Should one of them live, its next batch writes its whole row again.
    """
    found = session.fetch(RUN, ("run_id", "started_at", "error_msgs"), ("status",), [("IN_PROGRESS",)])
    killed = [
        (run_id, "FAILED", canonical([*msgspec.json.decode(told or "[]"), REASON]))
        for run_id, started_at, told in found
        if started_at < before
    ]
    session.update(RUN, ("run_id",), ("status", "error_msgs"), killed, changed=True)
