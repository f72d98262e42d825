"""Names are named only where the pixels show them: drawn cases of each way to hide one, or not to.

Whether a case can be read is known by how it is made; the renderer is not told. What is plainly
drawn must stay, so that the proof is not had by refusing everything.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage.records import Element, Scene, Spec

pytestmark = pytest.mark.browser

WORDS = ("Save", "Open draft", "Publish", "Reply all", "Archive", "Move to", "Undo", "Älter",
         "送信", "حفظ", "Сохранить", "Share 7")  # fmt: skip
Draw = Callable[[random.Random, str], str]
_CLEAR = ("color:transparent", "-webkit-text-fill-color:transparent", "opacity:.02", "opacity:0",
          "clip-path:inset(0 100% 0 0)", "filter:opacity(0)", "filter:opacity(3%)",
          "mask-image:linear-gradient(transparent,transparent)", "font-size:0",
          "text-indent:-999px", "color:rgba(0,0,0,.04)", "filter:blur(14px)")  # fmt: skip


def button(name: str, style: str = "", inside: str = "") -> str:
    return f"<button style='{style}'>{name}{inside}</button>"


def veil(style: str) -> str:
    return f"<i style='position:absolute;pointer-events:none;{style}'></i>"


def same_colour(rng: random.Random, name: str) -> str:
    grey = rng.randrange(40, 250)
    near = max(0, min(255, grey + rng.randrange(-6, 7)))
    back = rng.choice((f"background:rgb({grey},{grey},{grey})",
                       f"background:linear-gradient(90deg,rgb({grey},{grey},{grey}),"
                       f"rgb({near},{near},{near}))"))  # fmt: skip
    return button(name, f"{back};color:rgb({near},{near},{near});border:0")


def last_letter_veiled(rng: random.Random, name: str) -> str:
    return (
        f"<span style='position:relative;display:inline-block'>{button(name, 'padding:0;border:0')}"
        + veil(f"right:0;top:0;bottom:0;width:{rng.randrange(9, 14)}px;background:#dde")
        + "</span>"
    )


def overprinted(rng: random.Random, name: str) -> str:
    # The upper one's letters are no proof of the lower one's.
    return (
        f"<span style='position:relative;display:inline-block'>{button(name)}"
        f"<a href=# style='position:absolute;inset:0;background:#fff;pointer-events:none'>"
        f"{'Other words here'}</a></span>"
    )


HIDDEN: Mapping[str, Draw] = {
    "clear": lambda rng, name: button(name, rng.choice(_CLEAR)),
    "clear inside": lambda rng, name: button(f"<b style='{rng.choice(_CLEAR[:8])}'>{name}</b>"),
    "same colour": same_colour,
    "veiled": lambda rng, name: (
        f"<span style='position:relative;display:inline-block'>{button(name)}"
        + veil(f"inset:-2px;background:{rng.choice(('#eef', '#fff', 'rgba(255,255,255,.97)'))}")
        + "</span>"
    ),
    "last letter veiled": last_letter_veiled,
    "overprinted": overprinted,
    "turned round": lambda rng, name: button(
        f"<bdo dir={'ltr' if name == 'حفظ' else 'rtl'}>{name}</bdo>"
    ),
    "pale placeholder": lambda rng, name: (
        f"<input class=pale aria-label='{name}' placeholder='{name}'>"
    ),
}
SHOWN: Mapping[str, Draw] = {
    "plain": lambda rng, name: button(name),
    "coloured": lambda rng, name: button(
        name,
        f"color:hsl({rng.randrange(360)} 80% 25%);background:hsl({rng.randrange(360)} 60% 90%)",
    ),
    "dark": lambda rng, name: button(name, "background:#123;color:#eee"),
    "gradient letters": lambda rng, name: button(
        name,
        "background:linear-gradient(90deg,#206,#a03);-webkit-background-clip:text;color:transparent",
    ),
    "in pieces": lambda rng, name: button("".join(f"<span>{c}</span>" for c in name)),
    "spaced and turned": lambda rng, name: button(
        name, f"letter-spacing:{rng.randrange(3)}px;rotate:{rng.randrange(-4, 5)}deg"
    ),
    "thin veil": lambda rng, name: (
        f"<span style='position:relative;display:inline-block'>{button(name)}"
        + veil("inset:0;background:rgba(255,255,255,.3)")
        + "</span>"
    ),
    "placeholder": lambda rng, name: f"<input aria-label='{name}' placeholder='{name}'>",
    "label": lambda rng, name: f"<label>{name} <input type=checkbox></label>",
    "value": lambda rng, name: f"<input type=button value='{name}'>",
    "closed root": lambda rng, name: (
        f"<div><template shadowrootmode=closed>{button(name)}</template></div>"
    ),
}
HEAD = (
    "<!doctype html><meta charset=utf-8><style>body{margin:12px;font:16px sans-serif;columns:4}"
    "p{margin:0;height:46px;break-inside:avoid}button,input{padding:4px 8px}"
    ".pale::placeholder{color:#f6f6f6;opacity:1}</style>"
)
EACH = 20  # cases of a kind that is shown, twice as many of one that is hidden


def scene_of(folder: Path, body: str, seed: int = 0) -> Scene:
    (folder / "page.html").write_text(body)
    where = {"site": "own", "path": "page.html", "width": 1400, "height": 1000}
    more = {"ratio": (1.0, 1.5, 2.0)[seed % 3], "theme": "light"}
    return GuiRenderer({"own": folder})(Spec(f"k{seed}", "c", "gui", {**where, **more}, ())).scene


def cases(kinds: Mapping[str, Draw], seed: int) -> tuple[dict[str, str], str]:
    """Draw cases of every kind, each with a name of its own; return kinds by name, and a page."""
    rng = random.Random(seed)
    named: dict[str, str] = {}
    rows: list[str] = []
    for kind, draw in kinds.items():
        for _ in range(4):
            name = f"{rng.choice(WORDS)}"
            while name in named:
                name = f"{rng.choice(WORDS)} {len(named)}"
            named[name] = kind
            rows.append(f"<p>{draw(rng, name)}</p>")
    rng.shuffle(rows)
    return named, HEAD + "".join(rows)


def by_name(scene: Scene) -> dict[str, Element]:
    return {
        e.name: e for e in scene.elements if e.attributes.get("interactive") and e.role != "link"
    }


@pytest.mark.parametrize("seed", range(EACH // 4 * 2))
def test_a_name_is_used_only_if_it_shows(tmp_path: Path, seed: int):
    hidden, body = cases(HIDDEN, seed)
    found = by_name(scene_of(tmp_path, body, seed))
    used = {
        n: kind
        for n, kind in hidden.items()
        if n in found and found[n].attributes.get("named_by") not in ("hidden", "none", None)
    }
    assert used == {}, "these cannot be read"


@pytest.mark.parametrize("seed", range(EACH // 4))
def test_names_that_show_are_not_lost(tmp_path: Path, seed: int):
    shown, body = cases(SHOWN, 100 + seed)
    found = by_name(scene_of(tmp_path, body, seed))
    lost = {
        n: (kind, found[n].attributes.get("named_by") if n in found else "not found")
        for n, kind in shown.items()
        if n not in found
        or found[n].attributes.get("named_by") not in ("text", "value", "label", "placeholder")
    }
    assert lost == {}
