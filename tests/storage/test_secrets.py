"""Secrets are found in whatever encoding a text repeats them, and what is no secret stays."""

from __future__ import annotations

import base64
import html
import json
import random
import string
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus

import pytest

from corpuswright.storage.secrets import GONE, Secrets, of_url, shown_url


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "upper": str.upper,
    "lower": str.lower,
    "URL": lambda s: quote(s, safe=""),
    "URL, each letter": lambda s: "".join(f"%{b:02x}" for b in s.encode()),
    "URL twice": lambda s: quote(quote(s, safe=""), safe=""),
    "form": quote_plus,
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON in JSON": lambda s: json.dumps(json.dumps(s))[1:-1],
    "JSON, each letter": lambda s: "".join(f"\\u{ord(c):04x}" for c in s),
    "HTML": html.escape,
    "HTML, each letter": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "base64": lambda s: b64(s.encode()),
    "base64 for URLs": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "base64 without its end": lambda s: b64(s.encode()).rstrip("="),
    "base64 of more": lambda s: b64(f"x{s}y".encode()),
    "base64 of yet more": lambda s: b64(f"ab{s}".encode()),
    "basic": lambda s: b64(f"user:{s}".encode()),
    "base64 in a URL": lambda s: quote(b64(s.encode()), safe=""),
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
    "bytes in hex": lambda s: ", ".join(f"0x{b:02x}" for b in s.encode()),
    "base32": lambda s: base64.b32encode(s.encode()).decode(),
    "base32 of more": lambda s: base64.b32encode(f"xy{s}z".encode()).decode().lower().rstrip("="),
    "octal": lambda s: "".join(f"\\{b:03o}" for b in s.encode()),
    "numbers": lambda s: str(list(s.encode())),
    "letters' numbers": lambda s: " ".join(str(ord(c)) for c in s),
    "base64 of UTF-16": lambda s: b64(s.encode("utf-16")),
    "base64 of UTF-16, big": lambda s: b64(s.encode("utf-16-be")),
    "hex of UTF-16": lambda s: s.encode("utf-16-le").hex(),
    "base64 four times": lambda s: b64(b64(b64(b64(s.encode()).encode()).encode()).encode()),
    "backwards": lambda s: s[::-1],
    "inside a word": lambda s: f"key={s}&other=1",
    "in two lines": lambda s: f"{s[:4]}\n{s[4:]}",
}
# Over several words: of these the whole text goes.
SPREAD = ("in two lines", "bytes in hex", "numbers", "letters' numbers")
LETTERS = string.ascii_letters + string.digits
KEYS = [
    "".join(
        random.Random(i).choices(LETTERS + ("-_." if i % 2 else "+/=%&<>\"'\\ é"), k=8 + i % 40)
    )
    for i in range(40)
]


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_key_in_any_encoding_is_gone(name: str):
    for key in KEYS:
        encoded = ENCODINGS[name](key)
        text = f'Incorrect API key provided: "{encoded}". You can find yours in the settings.'
        secrets = Secrets((key,))
        shown = secrets.scrub(text)
        assert secrets.hold(text), (key, encoded)
        assert encoded not in shown and key not in shown and GONE in shown, (key, shown)
        whole = key.isascii() and not set(key) & set("\"'<> \\") and name not in SPREAD
        assert not whole or shown.startswith("Incorrect API key provided: "), shown


def test_what_is_no_secret_stays():
    secrets = Secrets(("sk-4f9a8b7c6d5e", ""))
    for text in (
        "The model `gpt-x` does not exist or you do not have access to it.",
        "Rate limit reached: 3 / min, please try again in 20s (request id req_0123456789abcdef).",
        "Drag the “Notes” window by its title into the top left corner; sk-4f9a8b7c is another.",
        b64(b"nothing of the kind is in here"),
    ):
        assert not secrets.hold(text) and secrets.scrub(text) == text
    assert len(secrets.scrub("a" * 5000)) == 1000


def test_a_short_one_goes_as_it_is_written():
    assert (
        Secrets(("a b",)).scrub("it is a%20b, a+b or a b, not ab")
        == "it is ***, *** or ***, not ab"
    )


def test_what_a_url_has_of_secrets():
    url = "https://ada:p%40ss@host.example:8443/v1?api-key=x"
    secrets = Secrets(of_url(url))
    assert shown_url(url) == "https://host.example:8443/v1"
    for said in ("p@ss", "p%40ss", f"Basic {b64(b'ada:p@ss')}"):
        assert GONE in secrets.scrub(f"you sent {said}")
    assert of_url("http://127.0.0.1:1/v1") == ()
