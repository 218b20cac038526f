"""``target-cdm-docs`` (also ``python -m target_cdm_docs``) and ``map-cdm-docs``.

Loading takes about a second, nearly all of it the SDK; who presses Ctrl-C meanwhile gets one line and no traceback.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType


def main() -> None:
    """Load the target and run its command line; from its start on, the target handles signals itself."""
    signal.signal(signal.SIGINT, _leave)
    from target_cdm_docs.target import TargetCdmDocs  # noqa: PLC0415 - loaded only when Ctrl-C is taken care of

    TargetCdmDocs.cli()


def map_main() -> None:
    """Load the mapper and run its command line, likewise."""
    signal.signal(signal.SIGINT, _leave)
    from target_cdm_docs.mapper import MapCdmDocs  # noqa: PLC0415 - as above

    MapCdmDocs.cli()


def _leave(signum: int, frame: FrameType | None) -> None:
    del frame
    sys.stderr.write("interrupted before it began\n")
    sys.exit(128 + signum)


if __name__ == "__main__":
    main()
