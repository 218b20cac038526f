"""``tap-confluence`` and ``python -m tap_confluence``.

Loading takes about a second, nearly all of it the SDK; who presses Ctrl-C meanwhile gets one line and no traceback.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType


def main() -> None:
    """Load the tap and run its command line; from its start on, the tap handles signals itself."""
    signal.signal(signal.SIGINT, _leave)
    from tap_confluence.tap import TapConfluence  # noqa: PLC0415 - loaded only when Ctrl-C is taken care of

    TapConfluence.cli()


def _leave(signum: int, frame: FrameType | None) -> None:
    del frame
    sys.stderr.write("tap-confluence: interrupted before it began\n")
    sys.exit(128 + signum)


if __name__ == "__main__":
    main()
