#!/usr/bin/env bash
# Set up everything the project needs: system packages (as root), the virtual environment, inputs.
set -euo pipefail
python=$1 venv=$2 extras=$3

command -v "$python" >/dev/null || python=python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: expected Python 3.11 or newer, found $("$python" --version)" >&2
    exit 1
}

browser_packages() {
    if ! command -v dpkg-query >/dev/null; then
        return 1
    fi
    missing=()
    while read -r package; do
        case $package in ''|\#*) continue ;; esac
        if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
            missing+=("$package")
        fi
    done < deploy/apt-packages.txt
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -eq 0 ]; then
        echo "setup: installing ${missing[*]}"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "${missing[@]}" >/dev/null && return 0
    fi
    echo "setup: not installed, going on without: ${missing[*]}" >&2
    echo "setup: as root: apt-get install ${missing[*]}" >&2
    return 1
}
browser_packages || true

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --upgrade pip
# What setuptools has to say about editable installs fills pages, and none of it is news.
PYTHONWARNINGS=ignore "$venv/bin/python" -m pip install --quiet --no-compile -c deploy/constraints.txt -e ".[$extras]"
# Every worker process would parse every library anew where bytecode writing is off.
"$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true

# Where no system browser is to be had, Playwright's own download (Ubuntu, macOS).
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null \
    && [ -z "${CORPUSWRIGHT_CHROMIUM:-}" ]; then
    "$venv/bin/python" -m playwright install chromium \
        || echo "setup: no Chromium; install one or set CORPUSWRIGHT_CHROMIUM" >&2
fi

"$venv/bin/corpuswright" fetch grounding_gui
echo "setup: done. Next: make demo, or $venv/bin/corpuswright --help"
