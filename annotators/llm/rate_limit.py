"""How fast an endpoint may be asked: places in flight, requests and tokens a minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Pace:
    """Hands out places.

    Args:
        concurrency: Requests in flight.
        requests_per_minute: None for no limit.
        tokens_per_minute: None for no limit; counted as the most a request can use.
    """

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: float | None,
        tokens_per_minute: float | None,
    ) -> None:
        self._places = asyncio.Semaphore(concurrency)
        self._buckets = [
            (_Bucket(limit), weighs)
            for limit, weighs in ((requests_per_minute, False), (tokens_per_minute, True))
            if limit is not None
        ]

    @asynccontextmanager
    async def place(self, tokens: int) -> AsyncGenerator[None]:
        """Wait until a request of so many tokens may be sent, and hold its place while it is."""
        for bucket, weighs in self._buckets:
            await bucket.take(tokens if weighs else 1)
        async with self._places:
            yield


class _Bucket:
    """A leaky bucket with room for one second: the rate holds over any minute, nearly evenly."""

    def __init__(self, per_minute: float) -> None:
        self._rate = per_minute / 60
        self._free_at = 0.0

    async def take(self, amount: float) -> None:
        now = time.monotonic()
        start = max(now - 1.0, self._free_at)
        self._free_at = start + amount / self._rate
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)
