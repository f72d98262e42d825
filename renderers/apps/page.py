"""Scenes that we compose ourselves: an application page made from a spec, with real behaviour.

A medium's `compose` returns a page; the page's script fills in `cw` (apps/kit.js): `cw.parts()`
says what was drawn that is no DOM element of its own (letters, shapes), `cw.state()` what the
application holds. A DOM element is described where it stands, by a `data-cw` attribute.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuswright.storage.records import Json

SITE = "composed"  # host name of pages that belong to no site
_APPS = Path(__file__).parent / "js"

Read = Callable[[str, str], bytes]  # (site, path) → a source's bytes
Compose = Callable[[Json, Read], str]


def page(
    title: str,
    body: str,
    style: str,
    data: Mapping[str, Any],
    apps: Sequence[str],
    libraries: Sequence[tuple[str, str]] = (),
    language: str = "en",
) -> str:
    """Return a page.

    Args:
        title: Of the document.
        body: HTML.
        style: CSS, after the kit's own.
        data: What the scripts find in `cw.data`.
        apps: Names of scripts in `apps/`, run in order after the kit.
        libraries: (site, path) of style sheets and scripts that a package brings.
        language: BCP 47 tag of the document.
    """
    links = [(path, f"http://{site}.localhost/{path}") for site, path in libraries]
    sheets = [
        f'<link rel="stylesheet" href="{url}">' for path, url in links if path.endswith("css")
    ]
    scripts = [f'<script src="{url}"></script>' for path, url in links if path.endswith("js")]
    plain = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    own = "\n".join((_APPS / f"{name}.js").read_text() for name in ("kit", *apps))
    return (
        f'<!doctype html><html lang="{html.escape(language)}"><head><meta charset="utf-8">'
        f'<meta name="color-scheme" content="only light"><title>{html.escape(title)}</title>'
        f"{''.join(sheets)}<style>{style}</style></head><body>{body}{''.join(scripts)}"
        f"<script>const CW_DATA = {plain};</script><script>{own}</script></body></html>"
    )
