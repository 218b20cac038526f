"""What no loader can be faster than by much: decode each line, COPY all into a staging table, one upsert.

Reads Singer lines; leaves a table ``record`` of stream, key and record. Argument: the database's URL. It keeps none of
a loader's promises: one transaction, no STATE, no schema, no check of anything.
"""

from __future__ import annotations

import sys

import msgspec
import psycopg


class Message(msgspec.Struct):
    """What is read of a line."""

    type: str
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw(b"{}")


class Key(msgspec.Struct):
    """What is read of a record."""

    id: str = ""
    type: str = ""
    account_id: str = ""


KNOWS_LZ4 = "SELECT 1 FROM pg_settings WHERE name LIKE 'default_toast_%' AND 'lz4' = ANY(enumvals)"
STAGING = "CREATE TEMPORARY TABLE staging (stream text, key text, record jsonb)"
TABLE = "CREATE TABLE record (stream text, key text, record jsonb, PRIMARY KEY (stream, key))"
UPSERT = """INSERT INTO record SELECT * FROM staging
ON CONFLICT (stream, key) DO UPDATE SET record = excluded.record WHERE record.record IS DISTINCT FROM excluded.record"""
BLOCK = 1_000_000


def main() -> None:
    """Load what is on standard input."""
    message, key = msgspec.json.Decoder(Message), msgspec.json.Decoder(Key)
    with psycopg.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
        if cursor.execute(
            "SELECT 1 FROM pg_settings WHERE name LIKE 'default_toast_%' AND 'lz4' = ANY(enumvals)"
        ).fetchone():
            cursor.execute("SET default_toast_compression = 'lz4'")
        cursor.execute(STAGING)
        cursor.execute(TABLE)
        with cursor.copy("COPY staging FROM STDIN") as copy:
            block = bytearray()
            for line in sys.stdin.buffer:
                found = message.decode(line)
                if found.type != "RECORD":
                    continue
                record = bytes(found.record)
                named = key.decode(record)
                name = f"{found.stream}\t{named.type} {named.id or named.account_id}\t".encode()
                block += name + record.replace(b"\\", b"\\\\") + b"\n"
                if len(block) > BLOCK:
                    copy.write(block)
                    block = bytearray()
            copy.write(block)
        cursor.execute(UPSERT)


main()
