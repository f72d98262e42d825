"""Desk scenes: a desktop with windows over one another, and things in them that are dragged."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpuswright.renderers.apps import page
from corpuswright.renderers.apps.page import Read
from corpuswright.storage.records import Json

VERSION = 1  # bump when a page comes out otherwise

THEMES = (  # desktop, title bar, its ink, window, ink, accent: looks of common desktops; ours
    ("#2b5d8a", "#e9ecf1", "#1b1f24", "#ffffff", "#1b1f24", "#1a73e8"),
    ("#3c3f45", "#2b2d31", "#e8eaed", "#1f2023", "#e8eaed", "#8ab4f8"),
    ("#5b7553", "#d9d6cf", "#22201c", "#fbfaf7", "#22201c", "#b3541e"),
    ("#008080", "#000080", "#ffffff", "#c0c0c0", "#000000", "#000080"),
    ("#d7dbe2", "#ffffff", "#202124", "#ffffff", "#202124", "#00897b"),
)
KINDS = ("settings", "files", "upload", "board", "log")
SLIDERS = ("Volume", "Brightness", "Contrast", "Zoom", "Speed", "Opacity", "Warmth", "Balance")
TITLES = {
    "settings": ("Settings", "Sound", "Display", "Preferences"),
    "files": ("Files", "Downloads", "Documents", "Home"),
    "upload": ("Upload", "Share", "Import"),
    "board": ("Tasks", "Planner", "Board"),
    "log": ("Log", "Messages", "Events"),
}
FILES = (
    "report.pdf",
    "budget.xlsx",
    "photo.png",
    "notes.txt",
    "slides.pptx",
    "song.mp3",
    "backup.zip",
    "invoice.pdf",
    "script.py",
    "map.svg",
)
AREAS = ("Drop files here", "Drag a file to upload it", "Add attachments")
LISTS = (("To do", "Doing", "Done"), ("Backlog", "This week", "Shipped"), ("Ideas", "Drafts"))
CARDS = (
    "Buy milk",
    "Call Anna",
    "Fix the login",
    "Write tests",
    "Book flights",
    "Pay rent",
    "Review budget",
    "Order paper",
    "Plan the party",
    "Water plants",
)
BAR, TASKBAR = 30, 36


def compose(parameters: Json, read: Read) -> str:
    """Return the page of a desk spec: `seed`, `width`, `height`."""
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    wide, high = parameters["width"], parameters["height"] - TASKBAR
    count = int(rng.integers(2, 6)) if wide * high > 300_000 else 2
    kinds = [KINDS[i] for i in rng.permutation(len(KINDS))[:count]]
    if "upload" in kinds and "files" not in kinds:
        kinds[kinds.index("upload")] = "files"
    windows: list[dict[str, Any]] = []
    for number, kind in enumerate(kinds):
        w = int(min(wide - 20, rng.integers(250, 440)))
        h = int(min(high - 20, rng.integers(190, 330)))
        x = int(rng.integers(6, max(7, wide - w - 6)))
        y = int(rng.integers(6, max(7, high - h - 6)))
        title = str(rng.choice(TITLES[kind]))
        window = {"id": f"w{number}", "kind": kind, "title": title, "x": x, "y": y, "w": w, "h": h}
        windows.append({**window, **_items(rng, kind, w)})
    desk, bar, bar_ink, paper, ink, accent = THEMES[int(rng.integers(0, len(THEMES)))]
    size = int(rng.integers(12, 16))
    edge = int(rng.integers(4, 8))
    style = _STYLE % {
        "desk": desk, "bar": bar, "bar_ink": bar_ink, "paper": paper, "ink": ink,
        "accent": accent, "size": size, "edge": edge, "half": edge // 2,
        "radius": int(rng.choice((0, 0, 6, 10))), "high": BAR, "task": TASKBAR,
        "knob": int(rng.integers(12, 19)), "centre": 0,
    }  # fmt: skip
    body = '<div id="desk"></div>'
    return page.page("Desktop", body, style, {"windows": windows, "edge": edge}, ["desk"])


def _items(rng: np.random.Generator, kind: str, w: int) -> dict[str, Any]:
    def some(names: tuple[str, ...], n: int) -> list[str]:
        return [names[i] for i in rng.permutation(len(names))[:n]]

    match kind:
        case "settings":
            names = some(SLIDERS, int(rng.integers(2, 5)))
            values = [int(rng.integers(0, 21)) * 5 for _ in names]
            items = [{"name": n, "value": v} for n, v in zip(names, values, strict=True)]
            return {"items": items, "track": int(max(80, w - 170))}
        case "files":
            return {"items": some(FILES, int(rng.integers(3, 7)))}
        case "upload":
            return {"items": [str(rng.choice(AREAS))]}
        case "board":
            lists = LISTS[int(rng.integers(0, len(LISTS)))]
            cards = some(CARDS, int(rng.integers(2, 6)))
            at = [int(rng.integers(0, len(lists))) for _ in cards]
            return {
                "items": [
                    {"name": n, "cards": [c for c, k in zip(cards, at, strict=True) if k == i]}
                    for i, n in enumerate(lists)
                ]
            }
        case _:
            return {"items": [f"{8 + i // 60:02d}:{i % 60:02d} step {i} ended" for i in range(60)]}


_STYLE = """
html, body { margin: 0; height: 100%%; overflow: hidden; user-select: none; }
#desk { position: absolute; inset: 0; background: %(desk)s; color: %(ink)s;
  font: %(size)spx "Noto Sans", "DejaVu Sans", sans-serif; }
.window { position: absolute; background: %(paper)s; border: 1px solid #00000066;
  border-radius: %(radius)spx; box-sizing: border-box; box-shadow: 0 4px 14px #00000055; }
.bar { height: %(high)spx; display: flex; background: %(bar)s; color: %(bar_ink)s;
  border-radius: %(radius)spx %(radius)spx 0 0; overflow: hidden; }
.title { flex: 1; padding: 0 12px; line-height: %(high)spx; font-weight: bold; overflow: hidden;
  white-space: nowrap; }
.close { width: 34px; line-height: %(high)spx; text-align: center; }
.body { position: absolute; top: %(high)spx; left: 0; right: 0; bottom: 0; overflow: hidden;
  padding: 10px; box-sizing: border-box; }
.body.log { overflow: auto; }
.edge { position: absolute; }
.edge.right { top: %(high)spx; right: -%(half)spx; bottom: 8px; width: %(edge)spx; }
.edge.left { top: %(high)spx; left: -%(half)spx; bottom: 8px; width: %(edge)spx; }
.edge.bottom { left: 8px; right: 8px; bottom: -%(half)spx; height: %(edge)spx; }
.row { display: flex; align-items: center; height: 38px; gap: 10px; }
.label { width: 84px; }
.track { position: relative; height: 6px; background: #9aa0a680; border-radius: 3px; }
.knob { position: absolute; width: %(knob)spx; height: %(knob)spx; top: 3px; border-radius: 50%%;
  transform: translate(-50%%, -50%%); background: %(accent)s; }
.value { width: 30px; }
.file { display: inline-flex; flex-direction: column; align-items: center; width: 84px;
  padding: 6px 0; }
.icon { width: 34px; height: 40px; background: %(accent)s; color: #fff; font-size: 10px;
  display: flex; align-items: flex-end; justify-content: center; border-radius: 3px; }
.name { font-size: 0.85em; margin-top: 3px; }
.area { height: 100%%; border: 2px dashed %(accent)s; border-radius: 8px; box-sizing: border-box;
  display: flex; flex-direction: column; align-items: center; justify-content: center; }
.column { display: inline-block; vertical-align: top; width: 30%%; margin-right: 3%%;
  min-height: 90%%; background: #80808022; border-radius: 6px; }
.head { padding: 6px 8px; font-weight: bold; }
.card { margin: 6px; padding: 6px 8px; background: %(accent)s; color: #fff; border-radius: 4px;
  font-size: 0.9em; }
.entry { height: 22px; line-height: 22px; white-space: nowrap; }
.taskbar { position: absolute; left: 0; right: 0; bottom: 0; height: %(task)spx; z-index: 99;
  background: #15171ccc; display: flex; gap: 4px; padding: 3px 6px; box-sizing: border-box; }
.task { color: #fff; background: #ffffff22; border-radius: 4px; padding: 0 12px;
  line-height: 30px; }
"""
