"""Singer messages to lines."""

from __future__ import annotations

import json
import sys

import singer_sdk.singerlib as singer
from singer_sdk.contrib.msgspec import MsgSpecWriter


class LineWriter(MsgSpecWriter):
    """Writes messages to standard output: records as the buffer fills, everything else at once."""

    def write_message(self, message: singer.Message) -> None:
        """Write a message."""
        out = sys.stdout.buffer
        try:
            out.write(self.format_message(message))
        except UnicodeEncodeError:  # half of a surrogate pair, which JSON can escape but UTF-8 cannot hold
            out.write(json.dumps(message.to_dict()).encode() + b"\n")
        if not isinstance(message, singer.RecordMessage):
            out.flush()
