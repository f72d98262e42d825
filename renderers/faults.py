"""What can be wrong with a page: each fault has a reason that is counted."""

from __future__ import annotations


class PageFault(Exception):
    """A page that cannot become a scene; `reason` is counted, `value` is for a person."""

    def __init__(self, reason: str, value: str = "") -> None:
        super().__init__(f"{reason}: {value}" if value else reason)
        self.reason = reason
        self.value = value


class EngineFault(PageFault):
    """The tab or the browser died or hung; worth another try in a fresh browser."""
