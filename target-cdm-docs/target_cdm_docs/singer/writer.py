"""Singer messages to lines."""

from __future__ import annotations

import json
import sys

import singer_sdk.singerlib as singer
from singer_sdk.contrib.msgspec import MsgSpecWriter


class OutputError(Exception):
    """Standard output takes no more: its disk is full, for one. Whoever reads it and goes away is another matter."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output cannot be written ({error.strerror})")


def write_whole(line: bytes | bytearray, *, flush: bool) -> None:
    """Write all of a line to standard output: unbuffered (``PYTHONUNBUFFERED``), a pipe may take a part at a time.

    Raises:
        OutputError: Standard output takes no more.
    """
    out = sys.stdout.buffer
    left = memoryview(line)
    try:
        while left:
            left = left[out.write(left) :]
        if flush:
            out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error) from None
    finally:
        left.release()


class LineWriter(MsgSpecWriter):
    """Writes messages to standard output: records as the buffer fills, everything else at once."""

    def write_message(self, message: singer.Message) -> None:
        """Write a message.

        Raises:
            OutputError: Standard output takes no more.
        """
        line: bytes | bytearray
        try:
            line = self.format_message(message)
        except UnicodeEncodeError:  # half of a surrogate pair, which JSON can escape but UTF-8 cannot hold
            line = json.dumps(message.to_dict()).encode() + b"\n"
        write_whole(line, flush=not isinstance(message, singer.RecordMessage))
