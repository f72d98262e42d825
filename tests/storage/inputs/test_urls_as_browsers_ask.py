"""URLs as lists have them: what a browser would fetch is fetched, what is none is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from corpuswright.storage.inputs import retry_after
from corpuswright.storage.inputs.downloader import NotRetrieved, Retriever, as_browsers_ask
from tests.storage.inputs.test_downloader import ok, site


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://a.example/one two.jpg", "https://a.example/one%20two.jpg"),
        (" https://a.example/x ", "https://a.example/x"),
        ("https://a.example/Größe.jpg", "https://a.example/Gr%C3%B6%C3%9Fe.jpg"),
        ("https://a.example/%20one two%2F.jpg", "https://a.example/%20one%20two%2F.jpg"),
        ("https://a.example/é?q=ü b&c=%C3%A9#f g", "https://a.example/%C3%A9?q=%C3%BC%20b&c=%C3%A9"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("HTTPS://A.example:8443/x", "https://a.example:8443/x"),
        ("https://a.example/日本\u3000語.png", "https://a.example/%E6%97%A5%E6%9C%AC%E3%80%80%E8%AA%9E.png"),
        ("http://[::1]:80/a b", "http://[::1]:80/a%20b"),
        ("https://a.example/a+b,c;d=e@f:g!$&'()*", "https://a.example/a+b,c;d=e@f:g!$&'()*"),
    ],
)  # fmt: skip
def test_a_url_is_asked_as_browsers_ask_it(url: str, asked: str):
    assert as_browsers_ask(url) == asked == as_browsers_ask(asked)


@pytest.mark.parametrize(
    "url",
    ["https://a\u00a0b.example/x", "https://a b.example/", "https://-ü-.example/", "http://\u3002/",
     "https://a.example/\nx", "https://a.example\\@b.example/", "https://me@a.example/", "a b"],
)  # fmt: skip
def test_what_readers_of_urls_do_not_read_alike_is_none(url: str):
    with pytest.raises(NotRetrieved, match="not_a_url"):
        as_browsers_ask(url)


def test_a_file_with_spaces_and_letters_in_its_url_is_there():
    moved = [(302, {"Location": "/größe ü.jpg".encode().decode("latin-1")}, b"")]
    with site({"/one%20t%C3%BC.jpg": [ok(b"x")], "/moved": moved}) as server:
        mine = Retriever(1 << 20, 1000.0, private=True)
        assert mine.get(f"{server.url}/one tü.jpg").data == b"x"


NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20", 20.0),
        (" 1.5 ", 1.5),
        ("Sun, 29 Nov 2026 12:00:30 GMT", 30.0),
        ("Sunday, 29-Nov-26 12:00:30 GMT", 30.0),
        ("Sun Nov 29 12:00:30 2026", 30.0),
        ("Sun, 29 Nov 2026 14:00:30 +0200", 30.0),
        ("Sun, 29 Nov 2026 11:59:00 GMT", 0.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("nan", 0.0),
        ("", 0.0),
    ],
)
def test_a_wait_is_seconds_or_a_date(text: str, seconds: float):
    assert retry_after.seconds(text, NOW) == seconds
