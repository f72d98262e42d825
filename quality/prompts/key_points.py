"""Prompts read back: whether a text says the key points that were drawn for it, and no other count.

The reader shares no code with the grammar that writes prompts: it looks for words near words.
"""

from __future__ import annotations

import re

from corpuswright.annotators.prompts.key_points import LEAST, MOST, Points
from corpuswright.storage.records import Rejection

VERSION = 2  # bump when a verdict can change

NEAR = 4  # words before the item among which its count, colour and attribute stand
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
           "nine": 9, "ten": 10}  # fmt: skip
# "Is painting the fence" is no style.
_OTHER_STYLES = re.compile(
    r"\b((?<!is )(?<!are )painting|sketch|cartoon|illustration|anime|watercolou?r|3d render)\b",
    re.IGNORECASE,
)
_IRREGULAR = {
    "child": "children", "goose": "geese", "mouse": "mice", "ox": "oxen", "foot": "feet",
    "cyclops": "cyclopes",
}  # fmt: skip
_ENDINGS = {"y": "ies", "man": "men", "f": "ves", "fe": "ves"}


def check(prompt: str, item: str, points: Points) -> Rejection | None:
    """Reject a prompt that does not say what it must; `value` is what was looked for."""
    number = len(prompt.split())
    if not LEAST <= number <= MOST:
        return Rejection("prompt_length", f"{number} words, {LEAST} to {MOST}")
    if style := _OTHER_STYLES.search(prompt):
        return Rejection("prompt_no_photograph", style[0])
    words = re.findall(r"[a-z0-9'-]+", prompt.lower())
    places = _places(words, item)
    if not places:
        return Rejection("prompt_without_item", item)
    near = [words[max(0, p - NEAR) : p] for p in places]
    counts = {_COUNTS[w] for before in near for w in before[-NEAR:] if w in _COUNTS}
    counts -= {1}  # "one fox" of three may be spoken of
    if points.number > 1 and counts != {points.number}:
        return Rejection("prompt_count", f"{points.number} {item}, saw {sorted(counts) or 'none'}")
    if points.number == 1 and counts:
        return Rejection("prompt_count", f"none, saw {sorted(counts)}")
    for name, wanted in (("color", points.color), ("attribute", points.attribute)):
        if wanted and not any(_holds(" ".join(before), wanted) for before in near):
            return Rejection(f"prompt_{name}", f"{wanted} before {item}")
    text = " ".join(words)
    if points.relation and not re.search(
        rf"\b{points.relation} (an?|the) (\S+ ){{0,2}}{re.escape(points.other)}\b", text
    ):
        return Rejection("prompt_spatial", f"{points.relation} {points.other}")
    if points.action and not re.search(_said(points, item), text):
        done = points.action.format_map({"it": item, "with": points.with_})
        return Rejection("prompt_interaction", done)
    if points.text and points.text not in re.findall(r'["“]([^"”]+)["”]', prompt):
        return Rejection("prompt_text", points.text)
    return None


def _places(words: list[str], item: str) -> list[int]:
    """Return where the item begins, in the singular or the plural."""
    wanted = re.findall(r"[a-z0-9'-]+", item.lower())
    found: list[int] = []
    for i in range(len(words) - len(wanted) + 1):
        if all(_same(a, b) for a, b in zip(words[i : i + len(wanted)], wanted, strict=True)):
            found.append(i)
    return found


def _said(points: Points, item: str) -> str:
    """Return the pattern of what is done by the item, or what stands for it, and the other."""
    first, *_ = words = item.lower().split()
    last = words[-1]
    nouns = "|".join(re.escape(w) for w in {*_plurals(last), *_plurals(first)})
    # Between the item and its verb no other thing comes in: "the man looks on while a girl is".
    rest = r"(?:(?!\b(?:an?|the)\b).){0,40}?"
    it = rf"(?:\S+ ){{0,3}}(?:it|them|the two|{nouns})\b{rest}"
    with_ = rf"(?:an?|the) (?:\S+ ){{0,2}}{re.escape(points.with_.lower())}"
    parts = re.split(r"(\{it\}|\{with\})", points.action)
    return "".join({"{it}": it, "{with}": with_}.get(p, re.escape(p)) for p in parts)


def _same(word: str, wanted: str) -> bool:
    return word in _plurals(wanted)


def _plurals(noun: str) -> set[str]:
    """Return a noun and what its plural may be."""
    found = {noun, noun + "s", noun + "es"}
    found |= {noun[: -len(a)] + b for a, b in _IRREGULAR.items() if noun.endswith(a)}
    found |= {noun[: -len(a)] + b for a, b in _ENDINGS.items() if noun.endswith(a)}
    return found


def _holds(text: str, wanted: str) -> bool:
    return re.search(rf"\b{re.escape(wanted)}\b", text) is not None
