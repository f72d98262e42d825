"""Ends a browser that takes too long with a page, or too much memory for it."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Self

import psutil

PAGE_TIMEOUT_S = 60.0  # wall clock for everything done with one page: usual is 1 s
# Of one process of the browser: the largest real page that is known here takes 0.6 GiB, and a
# laptop with two workers has 8.
MOST_MEMORY = 2 << 30
_EVERY_S = 0.25  # a page fills memory by a gigabyte a second at most


class Watchdog:
    """Watches this process's Chromium while a page is open; a context manager.

    Whatever waits for an answer from a browser that was killed fails at once. Most calls know no
    time-out of their own, and no limit of V8's holds what lies outside its heap.
    """

    def __init__(self, seconds: float = PAGE_TIMEOUT_S, most: int = MOST_MEMORY) -> None:
        """Take what a page may need."""
        self.taken = 0  # bytes, of a page that took too many; 0 else
        self._end, self._most = time.monotonic() + seconds, most
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_S):
            if time.monotonic() > self._end:
                kill_browsers()
                return
            largest = max((_memory(p) for p in _browsers()), default=0)
            if largest > self._most:
                self.taken = largest
                kill_browsers()
                return


def kill_browsers() -> None:
    """Kill this process's Chromium."""
    for process in _browsers():
        with contextlib.suppress(psutil.Error):
            process.kill()


def _browsers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [p for p in children if "chrom" in _name(p) or "headless" in _name(p)]


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _name(process: psutil.Process) -> str:
    try:
        return process.name().lower()
    except psutil.Error:
        return ""
