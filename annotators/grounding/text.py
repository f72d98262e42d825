"""Tasks on text: carets between letters, spans, words, paragraphs, dragging and typing.

Places are said by the words around them, which occur once in the text. `quality.execution.perform`
performs a task and reads the browser's own selection; `quality.grounding.text` reads the sentence
back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corpuswright.annotators.actions import carets, gestures
from corpuswright.annotators.actions.carets import Caret, CaretError, Glyph
from corpuswright.annotators.actions.gestures import Place, TaskPlan, expect
from corpuswright.storage import keys
from corpuswright.storage.records import Element, Json, Polygon, Sample, Scene, Task

ACTIONS_VERSION = 2  # bump when the choice of targets or actions changes
TEXT_VERSION = 1  # bump when wording changes; actions stay as they are

TASKS = 8  # a scene; ours, as for tables
EACH = 2  # of one kind at most
SHORT, LONG = (2, 6), (10, 40)  # words of a short and of a long span; the paper names no number
SPACELESS = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]")  # Thai, kana, Han
WORD = re.compile(r"[A-Za-zÀ-ɏͰ-ϿЀ-ӿ]{4,}")  # what a double-click selects alike in any browser
TYPED = ("indeed", "2026", "for example", "as of today", "NOTE", "in short")


class Text:
    """A text scene: its one text, with carets by offset."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.e: Element = next(e for e in scene.elements if e.attributes.get("kind") == "text")
        self.text = self.e.text
        self.editable = bool(self.e.attributes["editable"])
        self.glyphs = carets.glyphs(self.e)
        self.drawn = {g.offset + i for g in self.glyphs for i in range(g.length)}
        self.carets = carets.carets(self.e)
        self.lines = carets.lines(self.e)
        selected = scene.state["app"]["selection"]
        self.selected: tuple[int, int] | None = tuple(selected) if selected else None
        self.at = _offsets(self.text)
        self.pieces = _pieces(self.text)

    def units(self, start: int, end: int) -> tuple[int, int]:
        """Return a span of characters in UTF-16 units, as browsers count."""
        return self.at[start], self.at[end]

    def once(self, words: str) -> bool:
        """Whether words can be quoted and occur once."""
        first = self.text.find(words)
        plain = words == words.strip() and "\n" not in words and not set("“”") & set(words)
        return plain and first >= 0 and self.text.find(words, first + 1) < 0

    def shown(self, start: int, end: int) -> bool:
        """Whether all letters of a span are in the image: what is cut off cannot be read there."""
        return all(self.at[i] in self.drawn or self.text[i].isspace() for i in range(start, end))

    def clear(self, caret: Caret) -> bool:
        """Whether no selected text is near, where a press would begin a drag."""
        if self.selected is None:
            return True
        a, b = self.selected
        return not a <= caret.offset <= b


def _offsets(text: str) -> list[int]:
    out, n = [0], 0
    for c in text:
        n += 2 if ord(c) > 0xFFFF else 1
        out.append(n)
    return out


def _pieces(text: str) -> list[tuple[int, int]]:
    """Return words, or where a script has none between spaces, runs of a few letters."""
    out: list[tuple[int, int]] = []
    for m in re.finditer(r"\S+", text):
        if SPACELESS.search(m[0]):
            out += [(i, min(i + 3, m.end())) for i in range(m.start(), m.end(), 3)]
        else:
            out.append(m.span())
    return out


def propose(sample: Sample) -> list[Task]:
    """Return up to TASKS tasks for a text scene."""
    text = Text(sample.scene)
    rng = keys.generator(sample.spec.corpus, "actions", ACTIONS_VERSION, sample.key)
    # Most places are at a wrap, occur twice, or are cut off: some are tried.
    plans = gestures.collect(text, DRAGGING if text.selected else KINDS, rng, TASKS, EACH, tries=6)
    return gestures.tasks_of(sample, plans, word, "In this text", TEXT_VERSION)


# --- what is done ------------------------------------------------------------------------------


def _phrase(text: Text, rng: np.random.Generator, few: int, many: int) -> tuple[int, int] | None:
    """Return a span of some words that occurs once."""
    if len(text.pieces) < few + 1:
        return None
    first = int(rng.integers(0, len(text.pieces) - few))
    count = int(rng.integers(few, many + 1))
    start, end = text.pieces[first][0], text.pieces[min(first + count, len(text.pieces)) - 1][1]
    return (start, end) if text.once(text.text[start:end]) and text.shown(start, end) else None


def _place(text: Text, offset: int) -> Place:
    """Return the place of a caret, said by its offset's neighbours in the expression."""
    caret = text.carets.get(offset)
    if caret is None or not text.clear(caret):
        raise CaretError(f"no single caret at {offset}")
    return Place(_said(text, offset), (carets.region(text.e, offset),), _selected(text))


def _said(text: Text, offset: int) -> str:
    """Return an expression for a caret: before the shortest words that occur once."""
    start = text.at.index(offset)
    for end in range(start + 1, min(len(text.text), start + 60) + 1):
        words = text.text[start:end]
        if "\n" in words:
            break
        if text.text.find(words) == start and text.text.find(words, start + 1) < 0:
            return f"{text.e.id}.before({words!r})"
    raise CaretError(f"nothing unique follows {offset}")


def _selected(text: Text) -> tuple[Polygon, ...]:
    """Return the boxes of the selected letters."""
    if text.selected is None:
        return ()
    a, b = text.selected
    boxes: list[Polygon] = []
    for g in text.glyphs:
        if a <= g.offset < b:
            boxes.append(_box(text, g))
    return tuple(boxes)


def _box(text: Text, g: Glyph) -> Polygon:
    top, bottom = text.lines[g.line]
    return gestures.band(g.x0, top, g.x1, bottom)


def _caret(text: Text, rng: np.random.Generator) -> TaskPlan | None:
    span = _phrase(text, rng, 1, 4) if text.editable else None
    if span is None:
        return None
    how = str(rng.choice(("before", "after", "between")))
    middle = int(rng.integers(span[0] + 1, span[1])) if span[1] - span[0] > 1 else span[0]
    at = {"before": span[0], "after": span[1], "between": middle}[how]
    words = text.text[span[0] : span[1]]
    parts = (text.text[span[0] : at], text.text[at : span[1]])
    if how == "between" and any(p != p.strip() or not p for p in parts):
        return None
    offset = text.at[at]
    action, targets = gestures.one(text.scene, "click", _place(text, offset))
    meaning = {"how": how, "words": words, "parts": parts}
    expected = _expect({"selection": [offset, offset]})
    return TaskPlan("place_caret", (action,), targets, (text.e.id,), expected, meaning)


def _type(text: Text, rng: np.random.Generator) -> TaskPlan | None:
    plan = _caret(text, rng)
    if plan is None or plan.meaning["how"] == "between":
        return None
    new = str(rng.choice(TYPED))
    new = f"{new} " if plan.meaning["how"] == "before" else f" {new}"
    at = plan.expected["holds"]["selection"][0]
    i = text.at.index(at)
    whole = text.text[:i] + new + text.text[i:]
    n = at + len(new)
    expected = _expect({"text": whole, "selection": [n, n]})
    trace = (*plan.actions, *gestures.typed(new, enter=False))
    return TaskPlan(
        "type_text", trace, plan.targets, plan.elements, expected, {**plan.meaning, "new": new}
    )


def _span(few: int, many: int, kind: str) -> Callable[[Text, np.random.Generator], TaskPlan | None]:
    def make(text: Text, rng: np.random.Generator) -> TaskPlan | None:
        span = _phrase(text, rng, few, many)
        if span is None:
            return None
        start, end = text.units(*span)
        places = [_place(text, start), _place(text, end)]
        action, targets = gestures.many(text.scene, "drag", places)
        meaning = {"words": text.text[span[0] : span[1]]}
        expected = _expect({"selection": [start, end], "anchor": start})
        return TaskPlan(kind, (action,), targets, (text.e.id,), expected, meaning)

    return make


def _word(text: Text, rng: np.random.Generator) -> TaskPlan | None:
    found = list(WORD.finditer(text.text))
    if not found:
        return None
    m = found[int(rng.integers(0, len(found)))]
    around = text.text[max(0, m.start() - 1) : m.end() + 1].replace(m[0], "", 1)
    # Letters and marks that would make it a longer word for some browser.
    if not text.once(m[0]) or any(not (c.isspace() or c in ".,;:()") for c in around):
        return None
    start, end = text.units(*m.span())
    inside = [g for g in text.glyphs if start <= g.offset < end]
    if len(inside) != len(m[0]) or len({g.line for g in inside}) != 1 or text.selected:
        return None
    top, bottom = text.lines[inside[0].line]
    box = gestures.band(min(g.x0 for g in inside), top, max(g.x1 for g in inside), bottom)
    middle = inside[len(inside) // 2]
    place = Place(_said(text, middle.offset), (box,))
    action, targets = gestures.one(text.scene, "double_click", place, "left", 2)
    expected = _expect({"selection": [start, end]})
    return TaskPlan("select_word", (action,), targets, (text.e.id,), expected, {"words": m[0]})


def _extend(text: Text, rng: np.random.Generator) -> TaskPlan | None:
    """Click at the start, then click at the end with Shift held."""
    span = _phrase(text, rng, *LONG)
    if span is None or not text.editable:
        return None
    start, end = text.units(*span)
    first, (one,) = gestures.one(text.scene, "click", _place(text, start))
    place = _place(text, end)
    second, _ = gestures.one(text.scene, "click", place, "left", 1, "shift")
    two = gestures.target(text.scene, place, 2, second.points[0])
    pieces = re.findall(r"\S+", text.text[span[0] : span[1]])
    head, tail = " ".join(pieces[:3]), " ".join(pieces[-3:])
    if len(pieces) < 7 or not (text.once(head) and text.once(tail)):
        return None
    expected = _expect({"selection": [start, end], "anchor": start})
    meaning = {"head": head, "tail": tail}
    return TaskPlan("extend_span", (first, second), (one, two), (text.e.id,), expected, meaning)


def _end(text: Text, rng: np.random.Generator) -> TaskPlan | None:
    """Click into the empty area right of the text's last letter."""
    last = text.glyphs[-1] if text.glyphs else None
    whole = text.at[-1]
    if last is None or not text.editable or last.offset + last.length != whole or last.rtl:
        return None
    box = text.e.visible_box
    if box is None or box[2] - last.x1 < 60:
        return None
    top, bottom = text.lines[last.line]
    # From a little right of the last letter to a little before the editor's edge.
    area = gestures.band(last.x1 + 8, top, box[2] - 8, bottom)
    share = (
        (last.x1 + 30 - box[0]) / (box[2] - box[0]),
        ((top + bottom) / 2 - box[1]) / (box[3] - box[1]),
    )
    place = Place(f"{text.e.id}.at({share[0]:.5f}, {share[1]:.5f})", (area,))
    action, targets = gestures.one(text.scene, "click", place)
    expected = _expect({"selection": [whole, whole]})
    return TaskPlan("caret_in_empty_area", (action,), targets, (text.e.id,), expected, {})


def _drag_text(text: Text, rng: np.random.Generator) -> TaskPlan | None:
    if text.selected is None or not text.editable:
        return None
    a, b = text.selected
    inside = [g for g in text.glyphs if a <= g.offset < b]
    span = _phrase(text, rng, 1, 4)
    if span is None or len(inside) < 3:
        return None
    offset = text.at[span[0]]
    if a - 1 <= offset <= b + 1:
        return None
    grabbed = inside[len(inside) // 2]
    start = Place(_said(text, grabbed.offset), _selected(text))
    caret = text.carets.get(offset)
    if caret is None:
        return None
    end = Place(_said(text, offset), (carets.region(text.e, offset),))
    action, targets = gestures.many(text.scene, "drag", [start, end])
    i, j, k = text.at.index(a), text.at.index(b), span[0]
    moved = text.text[i:j]
    rest = text.text[:i] + text.text[j:]
    k = k if k <= i else k - (j - i)
    if "\n" in moved:
        return None
    expected = _expect({"text": rest[:k] + moved + rest[k:]}, "selection")
    meaning = {"words": text.text[span[0] : span[1]], "moved": moved}
    return TaskPlan("drag_text", (action,), targets, (text.e.id,), expected, meaning)


def _expect(values: dict[str, Any], *may_change: str) -> Json:
    """Return what must hold; where a selection was begun follows from the rest, if not asked."""
    return expect(values, "anchor", *may_change)


KINDS: Sequence[Callable[[Text, np.random.Generator], TaskPlan | None]] = (
    _caret,
    _type,
    _span(*SHORT, "select_short_span"),
    _span(*LONG, "select_long_span"),
    _word,
    _extend,
    _end,
)
DRAGGING: Sequence[Callable[[Text, np.random.Generator], TaskPlan | None]] = (_drag_text, _caret)


# --- how it is said ----------------------------------------------------------------------------


def word(rng: np.random.Generator, plan: TaskPlan) -> str:
    """Return what a plan says, in the imperative."""
    m = plan.meaning
    match plan.kind:
        case "place_caret" if m["how"] == "between":
            say = f"put the caret between “{m['parts'][0]}” and “{m['parts'][1]}”"
        case "place_caret":
            say = f"put the caret right {m['how']} “{m['words']}”"
        case "type_text":
            say = f"put the caret right {m['how']} “{m['words']}” and type “{m['new']}”"
        case "select_short_span" | "select_long_span":
            say = f"select the text “{m['words']}” by dragging from its start to its end"
        case "select_word":
            say = f"select the word “{m['words']}” by a double-click"
        case "extend_span":
            say = (
                f"select everything from “{m['head']}” to “{m['tail']}” "
                "by a click and a click with Shift held"
            )
        case "caret_in_empty_area":
            say = "put the caret at the end of the text by clicking into the empty area after it"
        case _:
            say = f"drag the selected text to right before “{m['words']}”"
    return say
