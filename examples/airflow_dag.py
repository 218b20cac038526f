"""A DAG for Airflow 3: one pipe each night. Commands, elt.sh and elt_state.py are in /opt/confluence/bin of the worker.

Settings are variables of the worker's environment, or of a secrets backend that sets them. With a destination in
PostgreSQL the worker may be another each night: STATE is beside the documents.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "confluence_elt",
    description="Confluence into a database",
    schedule="15 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,  # two runs on one STATE would do the same work twice
):
    BashOperator(
        task_id="elt",
        bash_command="/opt/confluence/bin/elt.sh ",  # the blank: else Airflow takes it for the name of a template
        env={"PATH": "/opt/confluence/bin:/usr/bin:/bin"},
        append_env=True,
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=6),
    )
