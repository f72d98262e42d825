"""What a `Retry-After` header asks for (RFC 9110, 10.2.3): seconds, or a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds(text: str, now: datetime | None = None) -> float:
    """Return how long to wait, in seconds from `now`; 0 where the text is neither, or past."""
    text = text.strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    if until.tzinfo is None:  # "-0000": of no zone that is known, which the standard takes for UTC
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
