"""Whether a caption is one of its subject: PexelsCustom's token stands once, before the word.

PexelsCustom (arXiv 2606.11783; released code, step 4) has a model write a caption for each subject
with the token `loicea` exactly once, directly before the object's word, and keeps it if the class
is named in it.
"""

from __future__ import annotations

import re

from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a verdict can change

TOKEN = "loicea"
_WORD = re.compile(r"[\w'-]+")


def check(caption: str, word: str) -> Rejection | None:
    """Return why a caption is none of a subject called `word`; None if it is.

    Both are compared by words, in lower case; the word's plural counts as the word.
    """
    said, wanted = _words(caption), _words(word)
    if not said or not wanted:
        return Rejection("no_caption", caption[:80])
    number = said.count(TOKEN)
    if number != 1:
        return Rejection("token_not_once", f"{TOKEN} {number} times, expected once")
    at = said.index(TOKEN) + 1
    follows = said[at : at + len(wanted)]
    if follows[:-1] != wanted[:-1] or not follows or not _same(follows[-1], wanted[-1]):
        behind = " ".join(follows) or "nothing"
        return Rejection("token_not_before_word", f"{behind!r} behind it, expected {word!r}")
    return None


def spoken(caption: str) -> str:
    """Return a caption as it is without the token."""
    return re.sub(rf"\b{TOKEN}\s+", "", caption, flags=re.IGNORECASE)


def named_in(words: list[str], caption: str) -> str | None:
    """Return the last of `words` that a caption names; None if it names none.

    PexelsCustom falls back to it where the class is not named.
    """
    said = _words(caption)
    found: list[tuple[int, str]] = []
    for word in words:
        wanted = _words(word)
        for n in range(len(said) - len(wanted) + 1):
            part = said[n : n + len(wanted)]
            if wanted and part[:-1] == wanted[:-1] and _same(part[-1], wanted[-1]):
                found.append((n, word))
    return max(found)[1] if found else None


def last_place(text: str, word: str) -> int | None:
    """Return where in `text` the last mention of `word` begins; None if there is none."""
    found, wanted = list(_WORD.finditer(text)), _words(word)
    said = [m.group().lower() for m in found]
    for n in range(len(said) - len(wanted), -1, -1):
        part = said[n : n + len(wanted)]
        if wanted and part[:-1] == wanted[:-1] and _same(part[-1], wanted[-1]):
            return found[n].start()
    return None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _same(said: str, wanted: str) -> bool:
    return said in (wanted, f"{wanted}s", f"{wanted}es") or f"{said}s" == wanted
