#!/usr/bin/env bash
# One ELT run: Confluence into a database, continuing where the last run stopped.
#
# In:  settings as variables of the environment or in .env of the working directory (TAP_CONFLUENCE_BASE_URL,
#      TAP_CONFLUENCE_EMAIL, TAP_CONFLUENCE_API_TOKEN, TARGET_CDM_DOCS_DESTINATION and any other);
#      ELT_DIR, the folder that is kept between runs (default: elt-data).
# Out: the database, by default $ELT_DIR/cdm-docs.duckdb, and STATE: with PostgreSQL in a table beside the documents
#      (elt_state.py), else in $ELT_DIR/state.json. Exit code 0 only if both tap and target succeeded.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
dir=${ELT_DIR:-elt-data}
mkdir -p "$dir"
[ -n "${TARGET_CDM_DOCS_DESTINATION:-}" ] || unset TARGET_CDM_DOCS_DESTINATION  # empty would hide what .env says
if [ -z "${TARGET_CDM_DOCS_DESTINATION:-}" ] && ! grep -qs '^\(export \)\?TARGET_CDM_DOCS_DESTINATION=.' .env; then
  # A relative path stays relative to here, an absolute one makes the fourth slash.
  export TARGET_CDM_DOCS_DESTINATION="duckdb:///$dir/cdm-docs.duckdb"
fi
state=$dir/state.json
python=$(dirname "$(readlink -f "$(command -v target-cdm-docs)")")/python  # of the environment that has the target

# The target prints a STATE line after each commit: the last whole one is safe to continue from, even when a run was cut
# short.
keep_last_state() {
  last=""
  while IFS= read -r line; do last=$line; done < <(tail -n 2 "$dir/state.new" 2>/dev/null)
  if [ -n "$last" ]; then
    printf '%s\n' "$last" >"$state.part" && mv "$state.part" "$state"
    "$python" "$here/elt_state.py" save "$state"
  fi
  rm -f "$dir/state.new"
}

"$python" "$here/elt_state.py" load "$state"
trap keep_last_state EXIT

arguments=(--config=ENV)
if [ -s "$state" ]; then arguments+=(--state "$state"); fi
tap-confluence "${arguments[@]}" | target-cdm-docs --config=ENV >"$dir/state.new"
