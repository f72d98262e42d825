"""Text scenes: documents and editors with prose and code of many scripts."""

from __future__ import annotations

import html
import re
from typing import Any, NamedTuple

import numpy as np

from corpuswright.renderers.apps import page
from corpuswright.renderers.apps.page import Read
from corpuswright.storage.records import Json

VERSION = 3  # bump when a page comes out otherwise

# Families by script, all of which deploy/apt-packages.txt installs: no letter is a fallback's.
LATIN = (
    "Noto Sans",
    "Noto Serif",
    "DejaVu Sans",
    "DejaVu Serif",
    "Liberation Serif",
    "Liberation Sans",
    "DejaVu Sans Mono",
    "Noto Sans Display",
)
FAMILIES: dict[str, tuple[str, ...]] = {
    "arab": ("Noto Sans Arabic", "Noto Naskh Arabic", "Noto Kufi Arabic"),
    "hebr": ("Noto Sans Hebrew", "Noto Serif Hebrew"),
    "deva": ("Noto Sans Devanagari", "Noto Serif Devanagari"),
    "beng": ("Noto Sans Bengali", "Noto Serif Bengali"),
    "taml": ("Noto Sans Tamil", "Noto Serif Tamil"),
    "thai": ("Noto Sans Thai", "Noto Looped Thai", "Noto Serif Thai"),
    "geor": ("Noto Sans Georgian", "Noto Serif Georgian"),
    "armn": ("Noto Sans Armenian", "Noto Serif Armenian"),
    "grek": ("Noto Sans", "Noto Serif", "DejaVu Sans"),
    "cyrl": ("Noto Sans", "Noto Serif", "DejaVu Serif"),
    "jpan": ("Noto Sans CJK JP", "Noto Serif CJK JP"),
    "hans": ("Noto Sans CJK SC", "Noto Serif CJK SC"),
    "kore": ("Noto Sans CJK KR", "Noto Serif CJK KR"),
}
MONO = ("DejaVu Sans Mono", "Liberation Mono")
SCRIPTS = {
    "ar": "arab", "fa": "arab", "ur": "arab", "he": "hebr", "hi": "deva", "ne": "deva",
    "mr": "deva", "bn": "beng", "ta": "taml", "th": "thai", "ka": "geor", "hy": "armn",
    "el": "grek", "ru": "cyrl", "uk": "cyrl", "bg": "cyrl", "sr": "cyrl", "ja": "jpan",
    "zh": "hans", "ko": "kore",
}  # fmt: skip
INKS = (("#111", "#fff"), ("#1f2328", "#fdf6e3"), ("#eee", "#1e1e1e"), ("#d4d4d4", "#0d1117"),
        ("#222", "#f4f6fb"), ("#333", "#fffbe8"))  # fmt: skip
CARET_LETTERS = 1500  # of a text are shown at most: a screen of prose
SELECTED = 0.35  # share of editable scenes that begin with text selected, to be dragged: ours


class Document(NamedTuple):
    """A text: language, direction, blocks as (is a heading, text)."""

    language: str
    rtl: bool
    blocks: tuple[tuple[bool, str], ...]


class NotText(ValueError):
    """The file holds no text of ours to show."""


def is_code(path: str) -> bool:
    """Whether a file holds code, not prose."""
    return not path.endswith((".html", ".htm"))


def read_document(path: str, data: bytes) -> Document:
    """Return the prose of an HTML file, or code in lines.

    Raises:
        NotText: There are fewer than 6 lines, or a script whose fonts we do not install.
    """
    text = data.decode("utf-8", "strict")
    if is_code(path):
        lines = [line.rstrip().expandtabs(2) for line in text.splitlines()]
        kept = [line for line in lines if len(line) <= 120]
        if len(kept) < 6 or any(not line.isascii() for line in kept):
            raise NotText(f"{len(kept)} lines of plain code")
        return Document("en", False, tuple((False, line) for line in kept))
    language = (re.search(r'<html[^>]*\blang="([^"]+)"', text) or ["", "en"])[1]
    found = re.findall(r"<(h[1-6]|p)\b[^>]*>(.*?)</\1>", text, re.S)
    blocks = [(t != "p", _plain(body)) for t, body in found]
    kept_blocks = tuple(b for b in blocks if b[1])
    if len(kept_blocks) < 6:
        raise NotText(f"{len(kept_blocks)} paragraphs")
    primary = language.split("-")[0]
    letters = [c for c in "".join(t for _, t in kept_blocks[:12]) if c.isalpha()]
    latin = sum(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 for c in letters) / len(letters)
    if primary not in SCRIPTS and latin < 0.98:
        raise NotText(f"language {language}: no fonts of its script are installed")
    return Document(language, 'dir="rtl"' in text[:400], kept_blocks)


def _plain(body: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", body)).split())


def compose(parameters: Json, read: Read) -> str:
    """Return the page of a text spec: `site`, `path`, `seed`, `real_app`, `width`, `height`."""
    document = read_document(parameters["path"], read(parameters["site"], parameters["path"]))
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    code = is_code(parameters["path"])
    kinds = ("code",) if code else ("note", "page", "columns", "area")
    kind = str(rng.choice(kinds))
    ink, paper = INKS[int(rng.integers(0, len(INKS)))]
    size = int(rng.integers(12, 27))
    line = round(float(rng.uniform(1.25, 1.9)), 2)
    primary = document.language.split("-")[0]
    families = MONO if code else FAMILIES.get(SCRIPTS.get(primary, ""), LATIN)
    font = str(rng.choice(families))
    first = int(rng.integers(0, max(1, len(document.blocks) - 8)))
    blocks = _some(document.blocks[first:], parameters["width"] * parameters["height"], size, line)
    if parameters.get("real_app"):
        return _real(rng, document, blocks, code, font, size)
    editable = kind in ("note", "code", "area")
    tag = "textarea" if kind == "area" else "pre" if kind == "code" else "div"
    inner = "" if kind == "area" else "".join(_block(kind, heading, t) for heading, t in blocks)
    edit = ' contenteditable="true" spellcheck="false"' if editable and kind != "area" else ""
    bar = int(rng.integers(0, 2)) * 38
    title = parameters["path"].rsplit("/", 1)[-1]
    top = f'<div class="bar">{html.escape(title)}</div>' if bar else ""
    text = "\n".join(t for _, t in blocks)
    rtl = ' dir="rtl"' if document.rtl else ""
    shown = f'<{tag} id="text" class="{kind}" spellcheck="false"{rtl}{edit}>{inner}</{tag}>'
    mirror = f'<div id="mirror"{rtl}></div>' if kind == "area" else ""
    margin = int(rng.integers(8, 60)) if kind != "code" else 8
    wide = parameters["width"] - 2 * margin
    measure = int(min(wide, rng.integers(28, 60) * size)) if kind in ("page", "columns") else wide
    style = _STYLE % {
        "font": font,
        "size": size,
        "line": line,
        "ink": ink,
        "paper": paper,
        "bar": bar,
        "margin": margin,
        "measure": measure,
        "columns": 2 if kind == "columns" and measure > 24 * size else 1,
        "desk": "#8a8f98" if kind in ("page", "columns") else paper,
        "align": rng.choice(("start", "start", "justify"))
        if kind in ("page", "columns")
        else "start",
    }
    block = {"area": "#mirror", "code": ".line"}.get(kind, "p, h2")
    data = {
        "text": text,
        "block": block,
        "editable": editable,
        "select": _selected(rng, blocks) if kind in ("note", "code") else None,
    }
    body = f"{top}<main>{mirror}{shown}</main>"
    return page.page(title, body, style, data, ["text"], language=document.language)


# Buttons of a toolbar, of which a scene has the first few groups.
TOOLBAR = ([{"header": [1, 2, False]}], ["bold", "italic", "underline", "strike"],
           [{"list": "ordered"}, {"list": "bullet"}], ["blockquote", "code-block", "link"],
           [{"color": []}, {"background": []}], ["clean"])  # fmt: skip


def _real(
    rng: np.random.Generator,
    document: Document,
    blocks: list[tuple[bool, str]],
    code: bool,
    font: str,
    size: int,
) -> str:
    """Return a page with code in Monaco, or prose in Quill (assets.grounding.text has both)."""
    data: dict[str, Any] = {}
    style = _REAL_STYLE % {
        "font": font,
        "size": size,
        "line": round(float(rng.uniform(1.3, 1.9)), 2),
    }
    body = '<div id="editor"></div>'
    if code:
        data |= {
            "text": "\n".join(t for _, t in blocks),
            "select": _selected(rng, blocks),  # Quill takes no dragged text, Monaco does
            "theme": str(rng.choice(("vs", "vs-dark", "hc-black", "hc-light"))),
            "font": font,
            "size": size,
            "line": int(size * rng.uniform(1.3, 1.8)),
            "minimap": bool(rng.uniform() < 0.5),
            "numbers": bool(rng.uniform() < 0.8),
        }
        libraries = [("monaco", "min/vs/loader.js")]
        return page.page("Code", body, style, data, ["monaco"], libraries)
    data |= {
        "root": ".ql-editor",
        "block": "p, h2",
        "editable": True,
        "blocks": blocks,
        "rtl": document.rtl,
        "toolbar": TOOLBAR[: int(rng.integers(1, len(TOOLBAR) + 1))],
    }
    libraries = [("quill-editor", f"dist/quill.{f}") for f in ("snow.css", "js")]
    apps = ["quill", "text"]
    return page.page("Note", body, style, data, apps, libraries, document.language)


_REAL_STYLE = """
html, body { margin: 0; height: 100%%; overflow: hidden; background: #fff; }
body { display: flex; flex-direction: column; }
#editor { flex: 1; min-height: 0; }
.ql-editor { font: %(size)spx/%(line)s "%(font)s"; overflow: hidden; }
.ql-editor p, .ql-editor h2 { margin: 0 0 0.7em; }
"""


def _some(
    blocks: tuple[tuple[bool, str], ...], area: float, size: int, line: float
) -> list[tuple[bool, str]]:
    """Return as many blocks as about fill the page."""
    room = min(CARET_LETTERS, 0.8 * area / (size * 0.55 * size * line))
    out: list[tuple[bool, str]] = []
    for heading, text in blocks:
        if out and sum(len(t) + 30 for _, t in out) + len(text) > room:
            break
        out.append((heading, text))
    return out


def _block(kind: str, heading: bool, text: str) -> str:
    said = html.escape(text)
    if kind == "code":
        return f'<div class="line">{said or "<br>"}</div>'
    return f"<h2>{said}</h2>" if heading else f"<p>{said}</p>"


def _selected(rng: np.random.Generator, blocks: list[tuple[bool, str]]) -> list[int] | None:
    """Choose words of one block to be selected, as offsets of the logical text; mostly none."""
    if rng.uniform() >= SELECTED:
        return None
    offsets: list[tuple[int, int]] = []
    at = 0
    for heading, text in blocks[:6]:
        words = list(re.finditer(r"\S+", text))
        if not heading and len(words) >= 4:
            i = int(rng.integers(0, len(words) - 2))
            j = min(len(words) - 1, i + int(rng.integers(0, 4)))
            offsets.append(
                (at + _units(text[: words[i].start()]), at + _units(text[: words[j].end()]))
            )
        at += _units(text) + 1
    return list(offsets[int(rng.integers(0, len(offsets)))]) if offsets else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


_STYLE = """
html, body { margin: 0; height: 100%%; overflow: hidden; background: %(desk)s; }
.bar { height: %(bar)spx; padding: 0 14px; background: #3b4252; color: #eceff4;
  font: 14px/%(bar)spx "DejaVu Sans", sans-serif; }
main { position: absolute; top: %(bar)spx; left: 0; right: 0; bottom: 0; }
#text, #mirror { font: %(size)spx/%(line)s "%(font)s"; color: %(ink)s; background: %(paper)s;
  box-sizing: border-box; padding: %(margin)spx; margin: 0 auto; border: 0; outline: 0;
  text-align: %(align)s; overflow-wrap: break-word; }
#text { position: absolute; inset: 0; width: auto; height: auto; overflow: hidden; resize: none; }
#text.page, #text.columns { left: 50%%; right: auto; top: 12px; bottom: 0; width: %(measure)spx;
  margin-left: calc(%(measure)spx / -2);
  column-count: %(columns)s; column-gap: 2em; column-fill: auto; }
textarea#text { width: 100%%; height: 100%%; display: block; }
#mirror { position: absolute; inset: 0; visibility: hidden; white-space: pre-wrap; }
#text.code { white-space: pre; tab-size: 2; counter-reset: line; padding-left: 4.5em; }
#text.code .line { counter-increment: line; position: relative; min-height: 1em; }
#text.code .line::before { content: counter(line); position: absolute; left: -4em; width: 3em;
  text-align: right; opacity: 0.55; }
p, h2 { margin: 0 0 0.7em; }
h2 { font-size: 1.25em; }
"""
