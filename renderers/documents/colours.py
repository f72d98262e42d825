"""Colours that have a name, and how unlike two colours look."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

# Named as people name them; each at least 8 CIEDE2000 from every other, so that a name is one
# colour. Values are ours.
NAMED: Mapping[str, str] = {
    "white": "#ffffff", "black": "#111111", "light grey": "#e2e4e8", "mid grey": "#8b9099",
    "charcoal": "#33383f", "cream": "#fbf3dc", "sand": "#dcc49a", "beige": "#efe3d3",
    "navy": "#16284f", "royal blue": "#2450d6", "sky blue": "#5bb0ee", "pale blue": "#d5e7f9",
    "teal": "#0b7a75", "turquoise": "#27c4b8", "mint": "#bfead2", "forest green": "#1f5c34",
    "emerald": "#1e9e5a", "lime green": "#8ac926", "olive": "#75762b", "mustard": "#d3a115",
    "bright yellow": "#ffe03d", "orange": "#f58220", "burnt orange": "#bb4d12",
    "coral": "#ff7a66", "red": "#d7263d", "maroon": "#6e1423", "pink": "#f7a8c4",
    "magenta": "#c2189b", "purple": "#6b2fa0", "lavender": "#cfc4f0", "brown": "#6f4a2f",
}  # fmt: skip

# CIEDE2000 below which a drawn colour is the one that was planned: an 8-bit screen rounds by less
# than 1, and no two names are nearer than 8.
SAME = 3.0


def _colour(hex: str) -> Any:
    # Here: whoever draws no documents need not have it.
    try:
        from coloraide import Color
    except ImportError as error:
        raise RuntimeError(
            "documents need more packages: pip install 'corpuswright[documents]'"
        ) from error
    return Color(hex)


@functools.lru_cache(maxsize=1 << 16)
def difference(first: str, second: str) -> float:
    """Return the CIEDE2000 difference of two hex colours."""
    return float(_colour(first).delta_e(_colour(second), method="2000"))


@functools.lru_cache(maxsize=1 << 16)
def contrast(first: str, second: str) -> float:
    """Return the WCAG 2.1 contrast ratio of two hex colours, 1 to 21."""
    return float(_colour(first).contrast(_colour(second), method="wcag21"))


@functools.lru_cache(maxsize=1 << 16)
def name_of(colour: str) -> str:
    """Return the name of a hex colour: that of the nearest named one."""
    return min(NAMED, key=lambda n: difference(NAMED[n], colour))


def ink_on(fill: str, *inks: str) -> str:
    """Return which of some inks reads best on a fill."""
    return max(inks, key=lambda ink: contrast(ink, fill))


def hex_of(red: float, green: float, blue: float) -> str:
    """Return a colour of three values from 0 to 255 as hex."""
    return "#" + "".join(f"{min(255, max(0, round(v))):02x}" for v in (red, green, blue))
