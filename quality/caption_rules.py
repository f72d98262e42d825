"""What Lens asks of every caption, as rules that need no model.

From the prompt of arXiv 2605.21573 (appendix): one paragraph, fewer than 500 words, English, and
never a word that there is no text to be seen.
"""

from __future__ import annotations

import re

from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a verdict can change

MOST = 500  # words
# Ways of saying that no text is there, which the prompt forbids.
_NO_TEXT = re.compile(
    r"\b(no|without|not any|isn't any|is not any|free of)\s+(visible|legible|readable|discernible)?"
    r"\s*(text|writing|lettering|words|captions?)\b",
    re.IGNORECASE,
)
_PARAGRAPHS = re.compile(r"\n\s*\n|\r\n\s*\r\n")


def check(caption: str) -> Rejection | None:
    """Reject a caption that breaks a rule; `value` is what was seen."""
    text = caption.strip()
    if not text:
        return Rejection("caption_empty")
    if _PARAGRAPHS.search(text):
        return Rejection("caption_not_one_paragraph", f"{len(_PARAGRAPHS.split(text))} paragraphs")
    if (words := len(text.split())) >= MOST:
        return Rejection("caption_too_long", f"{words} words, fewer than {MOST}")
    if said := _NO_TEXT.search(text):
        return Rejection("caption_says_no_text", said[0])
    return None
