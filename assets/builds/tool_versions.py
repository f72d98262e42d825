"""The tools whose version shows in pixels, and what a build does when they have changed."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import PIL

from corpuswright.assets.builds.options import Drift
from corpuswright.renderers.browser.engine import chromium_path


def current() -> dict[str, str]:
    """Return the versions of what decides pixels on this machine."""
    path = chromium_path()
    if path is None:
        browser = f"Chromium of playwright {version('playwright')}"
    else:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        browser = answer.stdout.strip() or path
    return {"browser": browser, "pillow": PIL.__version__, "system": platform.system()}


def of_build(path: Path, drift: Drift, log: Callable[[str], None]) -> dict[str, str]:
    """Return the tools a build goes by: those that `path` notes, unless it is to rebuild."""
    now = current()
    try:
        first: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        return now
    if first == now or drift == "rebuild":
        return now
    log(f"tools have changed since the first build ({first} → {now}); keeping its renders")
    return first
