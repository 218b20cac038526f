"""docs/data-model.md tells of every table what a database with these tables tells of itself."""

from __future__ import annotations

import re

from generate import ROOT
from support.stores import Destination
from target_cdm_docs.stores.tables.plain_views import PLAIN_VIEWS
from target_cdm_docs.stores.tables.tables import TABLES

PAGE = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")


def test_every_public_column_of_the_database_is_on_the_page_with_a_meaning(postgres_destination: Destination) -> None:
    postgres_destination.open().disconnect()
    internal = {table.name for table in TABLES if f"- `{table.name}`: " in PAGE}
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE))
    assert "cdm_doc_item" in sections
    for row in postgres_destination.query(
        "SELECT c.table_name, column_name, table_type FROM information_schema.columns c "
        "JOIN information_schema.tables t USING (table_schema, table_name) "
        "WHERE table_schema = current_schema() AND NOT starts_with(column_name, '_')"
    ):
        name, column = row["table_name"], row["column_name"]
        if name in PLAIN_VIEWS:
            assert re.search(rf"^\| `{column}` \| \S", sections[name], re.MULTILINE), (name, column)
        elif row["table_type"] == "VIEW":
            assert re.search(rf"^\| `{name}` \| .*`{column}`", PAGE, re.MULTILINE), (name, column)
        elif name not in internal:
            assert re.search(rf"^\| `{column}` \| \w+ \| \S", sections[name], re.MULTILINE), (name, column)


def test_every_reference_is_in_the_diagram() -> None:
    references = {
        (table.name, column)
        for table in TABLES
        if f"### {table.name}\n" in PAGE
        for column in (each.name for each in table.everything)
        if column.endswith("_cdm_id")
    }
    diagram = (ROOT / "docs" / "erd.svg").read_text(encoding="utf-8")
    assert set(re.findall(r"<title>(\w+)\.(\w+) is a cdm_id of", diagram)) == references
    shown = set(re.findall(r'class="(?:key|reference|plain)">(\w+)<', diagram))
    public = [table for table in TABLES if f"### {table.name}\n" in PAGE]
    assert shown == {each.name for table in public for each in table.everything if not each.name.startswith("_")}
