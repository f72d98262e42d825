"""The one warm browser of a process."""

from __future__ import annotations

import atexit
import json
from collections.abc import Collection, Mapping
from pathlib import Path

from corpuswright.renderers.browser.engine import Browser

_shared: list[tuple[str, Browser]] = []  # one at most: Playwright runs one loop a process


def forget() -> None:
    """Have this process's browser load all files anew."""
    for _, browser in _shared:
        browser.forget()


def shared(
    sites: Mapping[str, Path | str],
    allow: Collection[str] = (),
    signed_in: Mapping[str, Path] | None = None,
) -> Browser:
    """Return this process's warm browser, showing these sites; it closes when the process ends."""
    named = [sorted((n, str(p)) for n, p in m.items()) for m in (sites, signed_in or {})]
    key = json.dumps([*named, sorted(allow)])
    if not _shared:
        browser = Browser(sites, allow, signed_in).__enter__()
        atexit.register(browser.close)
        _shared.append((key, browser))
    ((shown, browser),) = _shared
    if shown != key:
        browser.serve(sites, allow, signed_in)
        _shared[:] = [(key, browser)]
    return browser
