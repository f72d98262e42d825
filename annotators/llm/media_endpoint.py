"""Endpoints that make pictures and videos: OpenAI-compatible, their answers bounded and decoded."""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from corpuswright.storage.secrets import Secrets, of_url

MOST_BYTES = 64 << 20  # of one answer: a video of twelve seconds has a tenth of it
POLL_S = 2.0  # between looks at a video that is being made
# Sizes that MM-WebAgent's tools take (gpt-image-1 and sora-2).
PICTURES = ("1024x1024", "1024x1536", "1536x1024")
VIDEOS = ("720x1280", "1280x720")
SECONDS = (4, 8, 12)


class MediaError(RuntimeError):
    """An endpoint gave no picture or video; the message says why, without the key."""


class MediaEndpoint(BaseModel, extra="forbid"):
    """Where pictures or videos are made.

    Attributes:
        base_url: Up to and with `/v1`.
        model: As the endpoint calls it.
        key_variable: Environment variable that holds the API key.
        timeout_s: Of one request; of a video, until it is done.
        sizes: That may be asked for, `WIDTHxHEIGHT`; those of the released tools if none.
        most: Pictures or videos that one run may ask for.
    """

    base_url: str
    model: str
    key_variable: str = "OPENAI_API_KEY"
    timeout_s: float = Field(default=300.0, gt=0)
    sizes: list[Annotated[str, Field(pattern=r"^\d{2,4}x\d{2,4}$")]] = []
    most: int = Field(default=40, ge=1)


def load(path: Path) -> MediaEndpoint:
    """Read the file that names an endpoint; raises MediaError if it makes no sense."""
    try:
        return MediaEndpoint.model_validate(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise MediaError(f"{path}: {' '.join(str(error).split())[:300]}") from None


@dataclass(slots=True)
class MediaMaker:
    """Asks one endpoint; counts what it has asked for."""

    endpoint: MediaEndpoint
    made: int = 0

    def picture(self, prompt: str, width: int, height: int) -> bytes:
        """Return a picture's file; raises MediaError if none is given."""
        size = nearest(self.endpoint.sizes or PICTURES, width, height)

        def ask(client: Any) -> bytes:
            said = client.images.generate(
                model=self.endpoint.model, prompt=prompt[:4000], size=size, n=1
            )
            data = said.data[0].b64_json if said.data else None
            if not data:
                raise MediaError("expected a picture as base64 (b64_json), saw none")
            if len(data) > MOST_BYTES * 4 // 3:
                raise MediaError(f"expected {MOST_BYTES >> 20} MiB at most, saw more")
            return base64.b64decode(data, validate=True)

        return self._asked(ask)

    def video(self, prompt: str, width: int, height: int, seconds: int) -> bytes:
        """Return a video's file; raises MediaError if none is given."""
        size = nearest(self.endpoint.sizes or VIDEOS, width, height)
        length = min(SECONDS, key=lambda s: abs(s - seconds))

        def ask(client: Any) -> bytes:
            job = client.videos.create(
                model=self.endpoint.model, prompt=prompt[:4000], size=size, seconds=str(length)
            )
            end = time.monotonic() + self.endpoint.timeout_s
            while job.status in ("queued", "in_progress"):
                if time.monotonic() > end:
                    raise MediaError(f"no video in {self.endpoint.timeout_s:g} s")
                # The protocol has no call that waits, and the client's own helper never gives up.
                time.sleep(POLL_S)
                job = client.videos.retrieve(job.id)
            if job.status != "completed":
                raise MediaError(f"the video ended as {str(job.status)[:40]}")
            data: bytes = client.videos.download_content(job.id).read()
            if len(data) > MOST_BYTES:
                raise MediaError(f"expected {MOST_BYTES >> 20} MiB at most, saw more")
            return data

        return self._asked(ask)

    def _asked(self, ask: Any) -> bytes:
        import openai

        if self.made >= self.endpoint.most:
            raise MediaError(f"{self.endpoint.most} were asked for in this run (`most`)")
        self.made += 1
        key = os.environ.get(self.endpoint.key_variable) or "none"  # local servers want none
        client = openai.OpenAI(
            base_url=self.endpoint.base_url, api_key=key, max_retries=2,
            timeout=self.endpoint.timeout_s,
        )  # fmt: skip
        try:
            return ask(client)
        except (openai.OpenAIError, binascii.Error, AttributeError, TypeError) as error:
            secrets = Secrets((key, *of_url(self.endpoint.base_url)))
            said = secrets.scrub(str(error))[:200]
            raise MediaError(f"{type(error).__name__}: {said}") from None
        finally:
            client.close()


def nearest(sizes: Sequence[str], width: int, height: int) -> str:
    """Return the size whose shape is nearest to what is wanted."""

    def off(size: str) -> float:
        w, h = map(int, size.split("x"))
        return abs(math.log((w / h) / (width / height)))

    return min(sizes, key=off)
