"""Files from a real server that asks for patience, forbids, moves, lies and breaks off."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from protego import Protego

from corpuswright.storage.inputs.downloader import NotRetrieved, Retriever, opted_out

Page = tuple[int, dict[str, str], bytes]


class Site:
    """What a server says at each path, in turn; the last for ever."""

    def __init__(self, pages: dict[str, list[Page]]) -> None:
        self.pages, self.asked, self.url = pages, Counter[str](), ""


@contextmanager
def site(pages: dict[str, list[Page]]) -> Iterator[Site]:
    seen = Site(pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            answers = seen.pages.get(path, [(404, {}, b"")])
            code, head, body = answers[min(seen.asked[path], len(answers) - 1)]
            seen.asked[path] += 1
            self.send_response(code)
            for name, value in {"Content-Length": str(len(body)), **head}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


def ok(body: bytes = b"data", **head: str) -> Page:
    return 200, {k.replace("_", "-"): v for k, v in head.items()}, body


PAGES: dict[str, list[Page]] = {
    "/robots.txt": [ok(b"User-agent: *\nDisallow: /secret\n")],
    "/good": [ok()],
    "/busy": [(503, {}, b""), (429, {"Retry-After": "3"}, b""), ok()],
    "/down": [(500, {}, b"")],
    "/tomorrow": [(429, {"Retry-After": "86400"}, b"")],
    "/moved": [(302, {"Location": "/good"}, b"")],
    "/round": [(302, {"Location": "/round"}, b"")],
    "/to_nowhere": [(302, {"Location": "http://[/a"}, b"")],
    "/to_secret": [(302, {"Location": "/secret/a"}, b"")],
    "/secret/a": [ok()],
    "/noai": [ok(X_Robots_Tag="noindex, noai")],
    "/other_bot": [ok(X_Robots_Tag="otherbot: noai")],
    "/tdm": [ok(TDM_Reservation="1")],
    "/large": [ok(b"x" * 5000)],
    "/larger": [(200, {"Content-Length": "999999"}, b"x")],
    "/short": [(200, {"Content-Length": "900"}, b"x")],
}


def retriever(**more: object) -> tuple[Retriever, list[float]]:
    waits: list[float] = []
    options = {"most": 4000, "private": True, "per_second": 1000.0, "wait": waits.append}
    return Retriever(**{**options, **more}), waits  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/good", ""), ("/busy", ""), ("/moved", ""), ("/other_bot", ""),
        ("/down", "not_retrieved"), ("/tomorrow", "not_retrieved"), ("/round", "not_retrieved"),
        ("/none", "not_there"), ("/short", "not_retrieved"),
        ("/secret/a", "robots_disallow"), ("/to_secret", "robots_disallow"),
        ("/to_nowhere", "not_a_url"), ("/noai", "opted_out"), ("/tdm", "opted_out"),
        ("/large", "too_many_bytes"), ("/larger", "too_many_bytes"),
    ],
)  # fmt: skip
def test_each_page_ends_as_it_must(path: str, reason: str):
    with site(PAGES) as server:
        polite, _ = retriever()
        if not reason:
            assert polite.get(server.url + path).data == b"data"
            return
        with pytest.raises(NotRetrieved) as no:
            polite.get(server.url + path)
        assert no.value.reason == reason and no.value.value
        assert not (path.endswith("secret/a") and server.asked[path])


def test_waits_are_what_a_server_asks_for_and_a_host_has_its_pace():
    with site(PAGES) as server:
        polite, waits = retriever()
        polite.get(server.url + "/busy")
        assert max(waits) >= 3
        with pytest.raises(NotRetrieved):
            polite.get(server.url + "/down")
        assert server.asked["/down"] == 4 and server.asked["/robots.txt"] == 1
        slow, waits = retriever(per_second=0.5)
        for _ in range(3):
            slow.get(server.url + "/good")
        assert len(waits) == 3, "robots.txt is a request too"
        assert sum(waits) == pytest.approx(2 + 4 + 6, abs=0.2), "nothing was slept meanwhile"


def test_hosts_that_cannot_be_asked_forbid_and_private_ones_are_not_asked():
    with site({**PAGES, "/robots.txt": [(500, {}, b"")]}) as server:
        polite, _ = retriever()
        with pytest.raises(NotRetrieved, match="robots_disallow"):
            polite.get(server.url + "/good")
        mine, _ = retriever(heed=False)
        assert mine.get(server.url + "/noai").data == b"data"
        public, _ = retriever(private=False)
        with pytest.raises(NotRetrieved, match="private_address"):
            public.get(server.url + "/good")
        assert server.asked["/good"] == 0
    odd = (
        "http://[x/a",
        "http://a b/c",
        "http://me:pw@example.org/a",
        "http://x:99999/a",
        "http://127.0.0.1:80\\@example.org/a",
        "http://a/\n/b",
    )
    for url in ("ftp://example.org/a", "file:///etc/passwd", "nonsense", "http://", *odd):
        with pytest.raises(NotRetrieved, match="not_a_url"):
            retriever()[0].get(url)


def test_opt_outs_are_for_everybody_or_for_us():
    for said in ("noai", "NoImageAI", "all, noindex", "corpuswright: noai", "*: none"):
        assert opted_out({"X-Robots-Tag": said})
    for said in ("", "all", "googlebot: noindex", "nosnippet"):
        assert not opted_out({"X-Robots-Tag": said})


ROBOTS = """\ufeffUser-agent: otherbot
Disallow: /

user-agent: Corpuswright
User-agent: thirdbot  # two agents, one group
Disallow: /*.jpg$
Allow: /open/
Allow: /open/*.jpg$
Disallow: /private
Disallow:
"""


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/", True), ("/a.png", True), ("/a.jpg", False), ("/a.jpg?x=1", True), ("/a/b.jpg", False),
        ("/open/a.jpg", True), ("/private/a.png", False), ("/privately", False), ("", True),
    ],
)  # fmt: skip
def test_the_longest_rule_of_our_own_group_decides(path: str, may: bool):
    found = Protego.parse(ROBOTS.removeprefix("\ufeff"))
    assert found.can_fetch(f"https://example.org{path}", "corpuswright") is may
    assert Protego.parse("User-agent: *\nDisallow: /x").can_fetch("http://e/y", "corpuswright")


def test_robots_that_moved_are_followed():
    moved: dict[str, list[Page]] = {
        "/robots.txt": [(301, {"Location": "/rules"}, b"")],
        "/rules": [ok(ROBOTS.encode())],
        "/a.jpg": [ok()],
    }
    with site({**PAGES, **moved}) as server:
        polite, _ = retriever()
        with pytest.raises(NotRetrieved, match="robots_disallow"):
            polite.get(server.url + "/a.jpg")
        assert polite.get(server.url + "/good").data == b"data"
