"""What Lens asks of every caption, as rules that look at the words alone, and at what OCR reads.

From the prompt of arXiv 2605.21573 (appendix): one paragraph, fewer than 500 words, English but for
text of the image, which stands in quotation marks; never a word that there is no text to be seen.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Sequence
from typing import Any

from corpuswright.storage.records import Rejection

VERSION = 2  # bump when a verdict can change

MOST = 500  # words
# Words of a caption that a model was asked for. Ours: a tenth of the paper's mean of 109 describes
# nothing densely, and two lines are not brief.
LENGTHS = {"dense": (20, MOST - 1), "brief": (4, 40)}
# Of a text in quotation marks and what OCR reads, as `quality.execution.ocr_names` has it.
ALIKE = 0.75
ENGLISH = 0.1  # probability below which a text of some words is another language
_FEW = 5  # words below which a language cannot be told
# Ways of saying that no text is there, which the prompt forbids.
_NO_TEXT = re.compile(
    r"\b(no|without|not any|isn't any|is not any|free of)\s+(visible|legible|readable|discernible)?"
    r"\s*(text|writing|lettering|words|captions?)\b",
    re.IGNORECASE,
)
# What a model says of itself, or that it did not look.
_ITSELF = re.compile(
    r"\b(as an ai\b|i(?:'m| am) (?:sorry|unable|not able)|i (?:cannot|can't|can not)|"
    r"language model|unable to (?:see|view|process|describe)|the (?:image|picture) you)",
    re.IGNORECASE,
)
_PARAGRAPHS = re.compile(r"\n\s*\n|\r\n\s*\r\n")
_QUOTED = re.compile(r'"([^"\n]{1,400})"|“([^”\n]{1,400})”|«([^»\n]{1,400})»|「([^」\n]{1,400})」')


def check(caption: str, kind: str = "given") -> Rejection | None:
    """Reject a caption that breaks a rule; `value` is what was seen.

    Args:
        caption: The text.
        kind: `given` with its image, or what a model was asked for: `dense`, `brief`.
    """
    text = caption.strip()
    if not text:
        return Rejection("caption_empty")
    if _PARAGRAPHS.search(text):
        return Rejection("caption_not_one_paragraph", f"{len(_PARAGRAPHS.split(text))} paragraphs")
    words = len(text.split())
    if words >= MOST:
        return Rejection("caption_too_long", f"{words} words, fewer than {MOST}")
    if said := _NO_TEXT.search(text):
        return Rejection("caption_says_no_text", said[0])
    return None if kind == "given" else _of_a_model(text, words, kind)


def _of_a_model(text: str, words: int, kind: str) -> Rejection | None:
    least, most = LENGTHS[kind]
    if not least <= words <= most:
        name = "caption_too_short" if words < least else "caption_too_long"
        return Rejection(name, f"{words} words, {least} to {most} for {kind}")
    if said := _ITSELF.search(text):
        return Rejection("caption_about_the_model", said[0])
    return _language(_QUOTED.sub(" ", text))


def _language(text: str) -> Rejection | None:
    """Reject another language than English; what is quoted from the image is left out before."""
    if len(text.split()) < _FEW:
        return None
    likely: dict[str, float] = dict(_identifier().rank(text))
    if likely.get("en", 0.0) >= ENGLISH:
        return None
    return Rejection("caption_not_english", f"{max(likely, key=lambda k: likely[k])}: {text[:60]}")


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def quotations(caption: str) -> list[str]:
    """Return what a caption quotes from its image; marks around nothing but signs are no text."""
    found = (next(g for g in m.groups() if g) for m in _QUOTED.finditer(caption))
    return [q.strip() for q in found if _letters(q)]


def unread(caption: str, lines: Sequence[str]) -> Rejection | None:
    """Reject a caption that quotes what is not among the lines that OCR reads in its image."""
    whole = _letters(" ".join(lines))
    for quotation in quotations(caption):
        if not _holds(whole, _letters(quotation)):
            return Rejection("caption_quotes_unseen", quotation[:80])
    return None


def _holds(whole: str, wanted: str) -> bool:
    """Say whether some stretch of a text is like another."""
    if wanted in whole:
        return True
    length = len(wanted)
    return any(
        difflib.SequenceMatcher(None, wanted, whole[i : i + length], autojunk=False).ratio()
        >= ALIKE
        for i in range(max(1, len(whole) - length + 1))
    )


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
