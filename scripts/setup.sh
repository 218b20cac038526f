#!/usr/bin/env bash
# Make .venv from requirements.lock with the packages of this workspace in it. Does nothing when that is already so.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
venv=${VENV:-.venv}
stamp=$venv/.ready
if [ -f "$stamp" ] && [ -z "$(find requirements.lock scripts/setup.sh ./*/pyproject.toml -newer "$stamp")" ]; then exit 0; fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  { echo "Python 3.10 or newer is needed; $python is $("$python" --version). Name another with PYTHON=…" >&2; exit 1; }
echo "Setting up $venv (once; about a minute of downloads) …" >&2
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
# uv does not read pip's configuration: hand it the index that pip was told to use.
index=$("$venv/bin/python" -m pip config get global.index-url 2>/dev/null || true)
export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}"
[ -n "$UV_DEFAULT_INDEX" ] || unset UV_DEFAULT_INDEX

"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$(sed -n 's/^\(uv==[^ ;]*\).*/\1/p' requirements.lock)"
"$venv/bin/uv" pip sync --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes requirements.lock
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps \
  -e ./tap-confluence -e ./cdm-docs -e ./target-cdm-docs -e ./confluence-sim
touch "$stamp"
