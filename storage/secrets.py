"""Secrets kept out of what is stored and shown, in whatever encoding an endpoint repeats them.

An endpoint may send back the key it was given, in an error or in an answer: as it is, in other
case, percent-encoded, escaped for JSON or HTML, in base64, base32, hex or numbers, of UTF-8 or
UTF-16, alone or inside a longer word. So a text from outside is searched for what its words decode
to, and a word that holds a secret goes.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit, urlunsplit

GONE = "***"
LONGEST = 1000  # characters of a text from outside that are kept: an error says enough in these
# A shorter one stands in many words by chance: it is taken out as it is and as it is written in
# URLs and JSON, and not looked for in what words decode to.
SHORT = 6
SURE = 8  # a shorter one in an answer is a word: it is no reason to refuse the answer
NONE = ("unstated", "no-key-required", "not-needed", "placeholder")  # what local servers are given
DEEP = 4  # encodings in each other: base64 of JSON in a URL

_WORD = re.compile(r"[^\s\"'<>]+")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
# Of eight letters and more, as a key has that is looked for: prose has few words as long.
_BASE32 = re.compile(r"[A-Z2-7]{13,}|[a-z2-7]{13,}")
_HEX = re.compile(r"[0-9a-fA-F]{12,}")
_OCTAL = re.compile(r"(?:\\[0-3]?[0-7]{2}){6,}")
_NUMBERS = re.compile(r"\d{1,3}(?:[\s,;]+\d{1,3}){5,}")  # of letters, as arrays print them


@dataclass(frozen=True, slots=True)
class Secrets:
    """Texts that must not be stored or shown."""

    values: tuple[str, ...]

    def hold(self, text: str) -> bool:
        """Say whether a text has one of them in it, in any encoding that is known."""
        sure = Secrets(tuple(v for v in self.values if len(v) >= SURE and v.lower() not in NONE))
        return sure.scrub(text, None) != text

    def scrub(self, text: str, longest: int | None = LONGEST) -> str:
        """Return a text without them, and no longer than that."""
        for value in sorted(filter(None, self.values), key=len, reverse=True):
            for written in sorted(_written(value), key=len, reverse=True):
                text = re.sub(re.escape(written), GONE, text, flags=re.IGNORECASE)
        wanted = [_plain(v) for v in self.values if len(v) >= SHORT]
        if wanted:
            text = _WORD.sub(lambda word: self._kept(word[0], wanted), text)
            if any(_decodes_to(text, w, DEEP) for w in wanted):  # spread over words
                text = GONE
        return text if longest is None else text[:longest]

    @staticmethod
    def _kept(word: str, wanted: Iterable[str]) -> str:
        return GONE if any(_decodes_to(word, w, DEEP) for w in wanted) else word


def of_url(url: str) -> tuple[str, ...]:
    """Return what a URL has of secrets: its password, and the token that is sent of both."""
    try:
        parts = urlsplit(url)
        name, password = parts.username or "", parts.password
    except ValueError:
        return ()
    if not password:
        return (unquote(name),) if name else ()
    both = f"{unquote(name)}:{unquote(password)}"
    token = base64.b64encode(both.encode()).decode()
    return password, unquote(password), both, token


def shown_url(url: str) -> str:
    """Return a URL without user, password and query, to be shown."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))
    except ValueError:
        return GONE


def _written(value: str) -> set[str]:
    """Return a secret as texts write it letter by letter."""
    found = {value, quote(value, safe=""), quote_plus(value), html.escape(value)}
    found |= {
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
    }
    found |= {quote(quote(value, safe=""), safe=""), html.escape(html.escape(value))}
    return found


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)  # full-width letters are letters
    return re.sub(r"[\s\u200b-\u200f\u2060\ufeff]", "", folded).casefold()


def _decodes_to(text: str, wanted: str, deep: int) -> bool:
    """Say whether a text, or what it decodes to, holds what is wanted (folded)."""
    seen, now = {text}, [text]
    for _ in range(deep + 1):
        if any(wanted in _plain(t) or wanted in _plain(t[::-1]) for t in now):
            return True
        now = [d for t in now for d in _decoded(t) if d not in seen]
        seen.update(now)
    return False


def _unescaped(found: re.Match[str]) -> str:
    number = found[1] or found[2]
    return chr(int(number, 16)) if number else _SHORT_ESCAPES.get(found[3], found[3])


def _decoded(text: str) -> Iterator[str]:
    if "%" in text:
        yield unquote(text)
    if "+" in text:
        yield unquote_plus(text)
    if "&" in text:
        yield html.unescape(text)
    if "\\" in text:
        yield _ESCAPE.sub(_unescaped, text)
    # Dumps have blanks, colons, commas or "0x" between bytes, mail has lines.
    joined = re.sub(r"[\s:,]|0x|\\x", "", text)
    for run in _HEX.finditer(joined):
        for skipped in (0, 1):
            part = run[0][skipped:]
            yield from _texts(bytes.fromhex(part[: len(part) // 2 * 2]))
    for run in _OCTAL.finditer(text):
        yield from _texts(bytes(int(n, 8) & 255 for n in run[0].split("\\")[1:]))
    for run in _NUMBERS.finditer(text):
        numbers = [int(n) for n in re.findall(r"\d+", run[0])]
        yield "".join(map(chr, numbers))
        yield from _texts(bytes(n & 255 for n in numbers))
    for run in _BASE32.finditer(text):
        for skipped in range(8):  # it may begin in the middle of what was encoded
            part = run[0][skipped:].upper()
            with contextlib.suppress(binascii.Error):
                yield from _texts(base64.b32decode(part + "=" * (-len(part) % 8)))
    for run in (*_BASE64.finditer(text), *(_BASE64.finditer(joined) if joined != text else ())):
        plain = run[0].replace("-", "+").replace("_", "/")
        for skipped in range(4):  # it may begin in the middle of what was encoded
            part = plain[skipped : skipped + (len(plain) - skipped) // 4 * 4]
            rest = plain[skipped + len(part) :]
            if len(rest) > 1:
                part += rest + "=" * (4 - len(rest))
            with contextlib.suppress(binascii.Error):
                yield from _texts(base64.b64decode(part))


def _texts(data: bytes) -> Iterator[str]:
    yield data.decode("utf-8", "replace")
    if b"\0" in data:  # of two bytes a letter, whichever comes first
        yield data.decode("utf-16-le", "replace")
        yield data.decode("utf-16-be", "replace")
        yield data.replace(b"\0", b"").decode("utf-8", "replace")
