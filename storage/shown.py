"""Untrusted text where people read it: on one line, and as text whatever it holds.

Names of files, authors and licences come from anywhere. A newline in one must not end a line of a
report, and markup in one must not become markup of ours. HTML is escaped by `html.escape`.
"""

from __future__ import annotations

import html
import os
import re
import unicodedata

# What CommonMark may read as markup within a line (spec 0.31), and GitHub's tables, strikes, links;
# all may stand behind a backslash.
_MARKUP = re.compile(r"([\\`*_\[\]#!|~$@]|:(?=//)|(?<=\bwww)\.)")
_HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}  # Unicode categories that are not drawn
_RUNS = re.compile(r"`+")


def utf8(path: str) -> str:
    """Return a path in which bytes that are no UTF-8 are written as codes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def one_line(text: str) -> str:
    """Return text without what is not drawn: in its place stands its code, as Python writes it."""
    return "".join(_drawn(c) if unicodedata.category(c) in _HIDDEN else c for c in text)


def _drawn(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 sample`, `2 samples`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def markdown(text: str) -> str:
    """Return text for a line of Markdown, GitHub's too, where it is shown as it is."""
    return _MARKUP.sub(r"\\\1", one_line(text)).translate({ord(c): html.escape(c) for c in "<>&"})


def code(text: str) -> str:
    """Return text as a span of code in a line of Markdown."""
    line = one_line(text)
    fence = "`" * (1 + max((len(run) for run in _RUNS.findall(line)), default=0))
    pad = " " if line[:1] in "` " or line[-1:] in "` " else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line.strip() else "``  ``"
