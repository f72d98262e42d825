"""One question to a model behind HTTP: pictures as PNG in base64, JSON back."""

from __future__ import annotations

import base64
import io
import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TRIES = 5  # of one request
TIMEOUT_S = 120.0


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

    body = {"images": [base64.b64encode(_png(i)).decode() for i in images], **more}
    wrong, attempt = "", 0
    while attempt < TRIES:
        if attempt:
            time.sleep(random.uniform(0, 2.0**attempt))  # full jitter
        attempt += 1
        try:
            made = requests.post(url, json=body, timeout=TIMEOUT_S)
            if made.status_code < 400:
                return list(made.json()[what])
            wrong = f"HTTP {made.status_code}"
            if made.status_code not in (408, 425, 429) and made.status_code < 500:
                break
        except (requests.ConnectionError, requests.Timeout) as error:
            wrong = type(error).__name__
        except (ValueError, KeyError, TypeError):
            raise ServiceError(f'{url}: expected {{"{what}": [...]}}') from None
    raise ServiceError(f"{url}: no {what} after {attempt} tries: {wrong}")


def _png(pixels: NDArray[np.uint8]) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG", compress_level=1)
    return sink.getvalue()
