#!/usr/bin/env bash
# Blender as a Python module, in an environment of its own: it pins another numpy and Python 3.11.
# Where it is not to be had, all else works: what needs it says so, and tests of it are skipped.
set -euo pipefail
python=$1 venv=.venv-blender

if "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
    && { [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"; } \
    && "$venv/bin/python" -m pip install --quiet --no-compile -r deploy/blender.txt; then
    exit 0
fi
rm -rf "$venv"
mkdir "$venv"
echo "blender: bpy needs Python 3.11 on Linux x86-64 or macOS, and 1 GB of disk; going on without" >&2
