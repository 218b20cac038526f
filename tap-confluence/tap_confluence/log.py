"""What stands in the log: lines for a person. The SDK's chatter and the metrics are for whoever wants DEBUG.

With ``SINGER_SDK_LOG_CONFIG`` the log is the user's own, and gets everything; Meltano sets that variable itself in each
run, and shows all lines with ``--log-level=debug``.
"""

from __future__ import annotations

import logging
import os

CHATTER = ("METRIC: ", "Skipping deselected stream ", "Beginning sync of ", "Skipping parse of ")
"""How the lines begin of which a run would have dozens."""


def keep_to_news() -> None:
    """Let the handlers of the root logger show what is news."""
    if "SINGER_SDK_LOG_CONFIG" not in os.environ or "MELTANO_EXTRACTOR_NAME" in os.environ:
        for handler in logging.getLogger().handlers:
            handler.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    if record.levelno != logging.INFO or not str(record.msg).startswith(CHATTER):
        return True
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    return logging.getLogger().isEnabledFor(logging.DEBUG)
