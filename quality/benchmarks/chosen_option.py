"""Which of four options an answer in words takes."""

from __future__ import annotations

import json
import re

# A letter, or the article of `A cup`, which is none: a word follows that is no function word.
_LETTER = (
    r"([B-Db-d]\b|[Aa]\b(?! (?!(?:is|because|since|as|and|but|for|or|not|fits|seems)\b)[a-z]))"
)
_SAID = (
    rf"\b(?i:final answer|answer|choice)\s*(?i:is|:)?\s*(?i:option\s*)?[\"'(*]*{_LETTER}",
    rf"\b(?i:choose|select|pick|option)\s+(?i:option\s*)?[\"'(*]*{_LETTER}",
    r"^[\"'(*\s]*([A-D])(?:[.):\"'*]|\s*$)",
)
LAST = 400  # characters from the end in which a letter alone counts (the bench's)


def letter(said: str) -> str | None:
    """Return the letter of A to D that an answer takes; None if that cannot be told.

    In turn: JSON with an `answer`; after the thinking, `answer: B`, `choose B`, a letter to begin
    with; the last letter alone. The order is that of Causal-Plan-Bench's evaluation
    (arXiv 2606.01810), which also takes the article of `A cup` for an option; here it is none.
    """
    said = said.rpartition("</think>")[2].strip()
    found = re.search(r"\{.*\}", said, re.DOTALL)
    if found:
        try:
            value = json.loads(found[0])
            given = str(value["answer"]).strip().upper() if isinstance(value, dict) else ""
        except (ValueError, KeyError):
            given = ""
        if re.fullmatch("[A-D]", given):
            return given
    for pattern in _SAID:
        if match := re.search(pattern, said):
            return match[1].upper()
    alone = re.findall(r"(?<![\w'])([B-D]|A(?! [a-z]))(?![\w'])", said[-LAST:])
    return alone[-1] if alone else None
