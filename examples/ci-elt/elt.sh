#!/usr/bin/env bash
# One ELT run: Confluence into a DuckDB file, continuing where the last run stopped.
#
# In:  TAP_CONFLUENCE_BASE_URL, TAP_CONFLUENCE_EMAIL, TAP_CONFLUENCE_API_TOKEN (and any other TAP_CONFLUENCE_… setting);
#      ELT_DIR, the folder that is kept between runs (default: elt-data).
# Out: $ELT_DIR/cdm-docs.duckdb and $ELT_DIR/state.json. Exit code 0 only if both tap and target succeeded.
set -euo pipefail

dir=${ELT_DIR:-elt-data}
mkdir -p "$dir"
# A relative path stays relative to here, an absolute one makes the fourth slash.
export TARGET_CDM_DOCS_DESTINATION="${TARGET_CDM_DOCS_DESTINATION:-duckdb:///$dir/cdm-docs.duckdb}"
state=$dir/state.json

# The target prints a STATE line after each commit: the last whole one is safe to continue from, even when a run was cut
# short.
keep_last_state() {
  last=""
  while IFS= read -r line; do last=$line; done < <(tail -n 2 "$dir/state.new" 2>/dev/null)
  if [ -n "$last" ]; then printf '%s\n' "$last" >"$state.part" && mv "$state.part" "$state"; fi
  rm -f "$dir/state.new"
}
trap keep_last_state EXIT

arguments=(--config=ENV)
if [ -s "$state" ]; then arguments+=(--state "$state"); fi
tap-confluence "${arguments[@]}" | target-cdm-docs --config=ENV >"$dir/state.new"
