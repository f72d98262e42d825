"""Pictures of the user's own for pages: decoded once, with their captions from `credits.csv`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.intake import PageVerdict
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.inputs import credits
from corpuswright.storage.inputs.sites import Page, SourceError
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import decoder, images
from corpuswright.storage.records import canonical

VERSION = decoder.VERSION * 10 + 1  # bump the last digit when a verdict can change

LEAST = 320  # pixels of the shorter side: below, it would be enlarged on any page; ours


def judge(renderer: GuiRenderer, page: Mapping[str, Any], view: View) -> PageVerdict:
    """Judge a picture: it is one, large enough, and shown as it is stored.

    What was found is its size as it is seen, and its caption.
    """
    try:
        data = renderer.read(page["site"], page["path"])
        _, image = decoder.decoded(data, most=images.MAX_PIXELS)
        if min(image.size) < LEAST:
            return PageVerdict("too_small", f"{image.width}x{image.height} pixels")
        root = renderer.sites[page["site"]]
        said = credits.read(Path(root)).of(page["path"]) if isinstance(root, Path) else {}
    except PageFault as fault:
        return PageVerdict(fault.reason, fault.value)
    except decoder.Refused as refused:
        return PageVerdict(refused.rejection.reason, refused.rejection.value)
    except SourceError as error:
        return PageVerdict("credits_not_read", str(error)[:200])
    found = {"size": list(image.size), "caption": said.get("caption", "")}
    return PageVerdict("", print=sha256(data), found=canonical(found))


def found(page: Page) -> Mapping[str, Any]:
    """Return what intake found of a picture: `size` and `caption`."""
    return json.loads(page.found)
