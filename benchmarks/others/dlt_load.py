"""Singer lines through dlt, merged by their keys: ``dlt_load.py URL FOLDER records|arrow``.

``records`` hands dlt lists of records, as its tutorials do; ``arrow`` hands it tables of Arrow, which it need not look
into. Nested objects are columns of JSON in both.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import dlt
import orjson
import pyarrow as pa

BLOCK_ROWS = 5_000
TYPES = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}


def arrow_schema(properties: dict[str, Any]) -> pa.Schema:
    """The Arrow schema of a stream: what is no number and no boolean is text."""
    kinds = {name: [TYPES[each] for each in told.get("type", []) if each in TYPES] for name, told in properties.items()}
    return pa.schema([(name, kind[0] if kind else pa.string()) for name, kind in kinds.items()])


def arrow_table(records: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Records as a table; objects and lists in it are JSON."""
    columns = []
    for field in schema:
        values = [record.get(field.name) for record in records]
        if pa.types.is_string(field.type):
            values = [orjson.dumps(each).decode() if isinstance(each, (dict, list)) else each for each in values]
        columns.append(pa.array(values, field.type))
    return pa.Table.from_arrays(columns, schema=schema)


@dlt.resource(max_table_nesting=0)
def lines(as_arrow: bool) -> Iterator[Any]:
    """Yield blocks of records of one stream each."""
    stream, block, schema, hints = "", [], None, None

    def told() -> Any:
        return dlt.mark.with_hints(arrow_table(block, schema) if as_arrow else block, hints, create_table_variant=True)

    for line in sys.stdin.buffer:
        message = orjson.loads(line)
        if message["type"] == "SCHEMA":
            if block:
                yield told()
            stream, block = message["stream"], []
            schema = arrow_schema(message["schema"]["properties"])
            hints = dlt.mark.make_hints(
                table_name=stream, primary_key=message["key_properties"], write_disposition="merge"
            )
        elif message["type"] == "RECORD":
            block.append(message["record"])
            if len(block) == BLOCK_ROWS:
                yield told()
                block = []
    if block:
        yield told()


def main() -> None:
    """Load what is on standard input."""
    url, folder, kind = sys.argv[1:]
    destination = dlt.destinations.postgres(url)
    pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination=destination, dataset_name="bench")
    pipeline.run(lines(kind == "arrow"), loader_file_format="csv" if kind == "arrow" else None)


if __name__ == "__main__":
    main()
