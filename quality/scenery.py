"""Neighbours that a sentence tells of and that are not on the screen: what a model invents.

Of a phrase after a word of place ("next to the sleeping cat") some word has to be known: from the
task's own sentence, from what stands on the screen, or from what every screen has. "In" and "on"
are not looked at: so people say why they want something, too ("for the talk in the morning").
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a verdict can change

_PLACE = re.compile(
    r"\b(?:next to|beside|near|close to|below|under(?:neath)?|beneath|above|over|behind|between|"
    r"in front of|across from|opposite|left of|right of)\s+((?:[\w'’-]+\s*){1,6})",
    re.IGNORECASE,
)
# A phrase ends where another one begins.
_END = re.compile(
    r"\b(?:and|or|to|of|in|on|at|by|with|so|that|which|is|are|then|from|for|it|until|because|while|"
    r"into|onto|next|below|above|near|beside|behind|between|under)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^“”]*”|\"[^\"]*\"")
_WORDS = re.compile(r"[a-z][a-z'’-]*", re.IGNORECASE)
# What every screen, page, table, drawing and clip has, and how its places are called. Ours.
_COMMON = frozenset(
    """
    screen page window desktop view display picture image photo photograph document text area app
    application browser tab site website dialog popup modal panel pane sidebar bar toolbar taskbar
    titlebar menubar menu submenu header footer heading title section box field form input textbox
    dropdown combobox list listbox option item entry element control widget component button link
    icon checkbox switch toggle radio slider handle thumb knob scrollbar border edge frame corner
    side end start top bottom left right middle center centre upper lower row column cell table grid
    sheet spreadsheet line paragraph sentence word letter character space gap canvas drawing shape
    rectangle circle ellipse triangle polygon star arrow path node point curve layer object thing
    figure region part half quarter group set pair other others one ones first second third last
    next previous same whole rest mouse pointer cursor keyboard key ground background foreground
    card tile file folder label name number value date time place position spot direction way middle
    hand navigation nav content main body block unit chart graph diagram map legend axis
    """.split()
)
_EMPTY = frozenset(
    "the a an that this these those my our your its their his her some any all both each every "
    "very just right there here big small little large tiny long short old new red green blue "
    "yellow orange purple pink brown black white gray grey dark light".split()
)


def invented(text: str, known: Iterable[str]) -> Rejection | None:
    """Reject a sentence that places things by what is neither known nor on every screen.

    Args:
        text: The sentence; what it quotes is not looked at.
        known: The task's own sentence, names and texts of the screen.
    """
    words = {w for k in known for w in _stems(k)}
    for found in _PLACE.finditer(_QUOTED.sub(" “” ", text)):
        phrase = _END.split(found[1])[0]
        said = [w for w in _stems(phrase) if w not in _EMPTY]
        if said and not any(w in words or w in _COMMON for w in said):
            return Rejection("invents_scenery", " ".join(found[0].split())[:120])
    return None


def _stems(text: str) -> list[str]:
    """Return the words of a text in lower case, without a plural's or an owner's ending."""
    found: list[str] = []
    for word in _WORDS.findall(text.lower()):
        plain = re.sub(r"['’]s?$", "", word)
        found.append(plain)
        if plain.endswith("s") and len(plain) > 3:
            found.append(plain[:-1])
    return found
