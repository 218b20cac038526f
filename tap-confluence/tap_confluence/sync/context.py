"""What everything in a run shares."""

from __future__ import annotations

from dataclasses import dataclass

from tap_confluence.api.base import Api, Identity
from tap_confluence.settings import Settings
from tap_confluence.sync.failures import Failures
from tap_confluence.sync.selection.labels import LabelFilter
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.selection.selection import Selection
from tap_confluence.sync.state.memories import Memories


@dataclass(frozen=True, slots=True)
class RunContext:
    """What everything in a run shares.

    Attributes:
        api: Whom to ask.
        settings: What to read.
        identity: Who reads.
        memories: STATE.
        scope: The spaces of the run.
        labels: The filters by label.
        selection: What is wanted of each part of the content.
        failures: Who is told of failures.
        streams: The selected streams that this deployment has.
    """

    api: Api
    settings: Settings
    identity: Identity
    memories: Memories
    scope: Scope
    labels: LabelFilter
    selection: Selection
    failures: Failures
    streams: tuple[str, ...]
