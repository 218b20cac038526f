"""What ``metrics.json`` says about a run (CONTRACT 2.2). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from target_cdm_docs.stores.base import Run

_KINDS = {"cdm_doc_space": "spaces", "spaces": "spaces", "pages": "pages", "attachments": "attachments"}
_DOC_TYPES = {"page": "pages", "attachment": "attachments"}


@dataclass(slots=True)
class ContentMetrics:
    """What a run's records are about.

    Attributes:
        counts: Spaces, pages and attachments.
        since: The oldest ``updated_at``.
        formats: Formats of bodies.
    """

    counts: dict[str, int] = field(default_factory=lambda: {"spaces": 0, "pages": 0, "attachments": 0})
    since: str | None = None
    formats: frozenset[str] = frozenset()

    def copy(self) -> ContentMetrics:
        """Return metrics that can be counted on and thrown away."""
        return replace(self, counts=dict(self.counts))

    def count(self, stream: str, record: dict[str, Any]) -> None:
        """Take a record of a stream of the tap or of the data model."""
        kind = _DOC_TYPES.get(str(record.get("doc_type"))) if stream == "cdm_doc_item" else _KINDS.get(stream)
        if kind:
            self.counts[kind] += 1
        moment = record.get("updated_at")
        if isinstance(moment, str) and (self.since is None or moment < self.since):
            self.since = moment
        body_format = record.get("body_format")
        if isinstance(body_format, str):
            self.formats |= {body_format}


def metrics_of(run: Run, content: ContentMetrics) -> dict[str, Any]:
    """Return the metrics of a run."""
    return {
        "counts": run.counts,
        **content.counts,
        "since": content.since,
        "body_format": ",".join(sorted(content.formats)) or None,
        "failures": run.failed_counter,
        "error_msgs": run.error_msgs,
        "seconds": _seconds(run),
    }


def _seconds(run: Run) -> float | None:
    if run.finished_at is None:
        return None
    began, ended = (
        datetime.fromisoformat(moment.replace("Z", "+00:00")) for moment in (run.started_at, run.finished_at)
    )
    return round((ended - began).total_seconds(), 3)
