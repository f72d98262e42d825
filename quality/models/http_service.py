"""One question to a model behind HTTP: pictures as PNG in base64, JSON back."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TRIES = 5  # of one request
TIMEOUT_S = 120.0
BACKOFF_S, JITTER_S = 1.0, 4.0  # doubled from try to try; workers must not come back together
AGAIN = (408, 425, 429, 500, 502, 503, 504)  # statuses after which another try may help


class ServiceError(RuntimeError):
    """A service gives no answer, or another one than is expected; the message says which."""


def ask(url: str, what: str, images: Sequence[NDArray[np.uint8]], **more: Any) -> list[Any]:
    """Return what a service says of images: the list under `what` of its JSON.

    Args:
        url: POSTed to: `{"images": [PNG in base64, …], …}`.
        what: Key of the list in the answer.
        images: (H, W, 3) uint8 RGB, of any sizes.
        more: Stands in the body besides.

    Raises:
        ServiceError: As above, after TRIES tries where another may help.
    """
    import requests
    from requests.adapters import HTTPAdapter

    body = {"images": [base64.b64encode(_png(i)).decode() for i in images], **more}
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=_retries()))
        try:
            made = session.post(url, json=body, timeout=TIMEOUT_S)
        except (requests.ConnectionError, requests.Timeout) as error:
            said = f"no {what} after {TRIES} tries: {type(error).__name__}"
            raise ServiceError(f"{url}: {said}; is it up?") from None
    if made.status_code >= 400:
        tries = TRIES if made.status_code in AGAIN else 1
        said = f"no {what} after {tries} tries: HTTP {made.status_code}"
        raise ServiceError(f"{url}: {said}")
    try:
        return list(made.json()[what])
    except (ValueError, KeyError, TypeError):
        raise ServiceError(f'{url}: expected {{"{what}": [...]}}, saw {made.text!r:.80}') from None


def _retries() -> Any:
    """Return how often a request is tried again: a POST too, since a question changes nothing."""
    from urllib3 import Retry

    return Retry(
        total=TRIES - 1,
        status_forcelist=AGAIN,
        allowed_methods=None,
        raise_on_status=False,
        backoff_factor=BACKOFF_S,
        backoff_jitter=JITTER_S,
    )


def _png(pixels: NDArray[np.uint8]) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG", compress_level=1)
    return sink.getvalue()
