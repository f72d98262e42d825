"""The most memory that a measurement took."""

from __future__ import annotations

import threading
from typing import Literal

import psutil


class Peak:
    """Peak memory of this process and all below it, MiB.

    Args:
        of: `pss` counts what processes share once, where it can be read; `rss` counts it for each,
            and is quick with many.
    """

    def __init__(self, of: Literal["pss", "rss"] = "pss") -> None:
        self.peak, self._of, self._stop = 0.0, of, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(0.5):
            total = 0
            for p in (me, *me.children(recursive=True)):
                try:
                    info = p.memory_full_info() if self._of == "pss" else p.memory_info()
                    total += getattr(info, self._of)
                except (psutil.Error, AttributeError):
                    continue
            self.peak = max(self.peak, total / 2**20)
