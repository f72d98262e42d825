"""One file from the web, politely: robots, opt-outs, one host's pace, bounds, a reason for a no.

What stays out says so: `robots.txt` (RFC 9309), the `X-Robots-Tag` directives noai, noimageai,
noindex and noimageindex (those that img2dataset heeds by default), `TDM-Reservation: 1` (W3C's TDM
Reservation Protocol). Addresses of private networks are refused unless they are asked for: a list
of URLs is somebody else's text.
"""

from __future__ import annotations

import ipaddress
import random
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import requests

AGENT = "corpuswright"
OPT_OUTS = frozenset(("noai", "noimageai", "noindex", "noimageindex", "none"))
PER_SECOND = 2.0  # requests to one host; ours: what a person's browser does at leisure
TRIES = 4  # of one URL; 408, 429, 5xx, resets and time-outs are tried again
TIMEOUT_S = 20.0
LONGEST_WAIT_S = 60.0  # between tries; a longer Retry-After is a no
REDIRECTS = 5
ROBOTS_BYTES = 500 << 10  # of robots.txt that are read (RFC 9309, 2.5)
_AGAIN = (408, 425, 429)


class NotRetrieved(Exception):
    """A URL that brought no file; `reason` is a word, `value` what was seen."""

    def __init__(self, reason: str, value: str = "") -> None:
        super().__init__(f"{reason}: {value}")
        self.reason, self.value = reason, value


class Retrieved(NamedTuple):
    """A file, and where it was found in the end."""

    data: bytes
    url: str


@dataclass(slots=True)
class Retriever:
    """Fetches files, one after the other; a host's are spaced `1 / per_second` apart.

    Args:
        most: Bytes of a file.
        per_second: Requests to one host.
        private: Whether addresses of private networks may be asked.
        heed: Whether opt-out headers and robots.txt are heeded; for your own servers.
    """

    most: int
    per_second: float = PER_SECOND
    private: bool = False
    heed: bool = True
    wait: Callable[[float], object] = time.sleep
    _session: Any = field(default_factory=requests.Session)
    _robots: dict[str, RobotFileParser | None] = field(default_factory=dict[str, Any])
    _next: dict[str, float] = field(default_factory=dict[str, float])

    def get(self, url: str) -> Retrieved:
        """Return the file at a URL.

        Raises:
            NotRetrieved: It brought none; a word says why.
        """
        for _ in range(REDIRECTS + 1):
            self._may(url)
            answer = self._asked(url)
            with answer:
                if answer.is_redirect:
                    url = urljoin(url, answer.headers["Location"])
                    continue
                if answer.status_code >= 400:
                    raise NotRetrieved("not_retrieved", f"HTTP {answer.status_code}")
                if self.heed and (said := opted_out(answer.headers)):
                    raise NotRetrieved("opted_out", said)
                return Retrieved(self._body(answer, self.most), url)
        raise NotRetrieved("not_retrieved", f"more than {REDIRECTS} redirects")

    def _may(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NotRetrieved("not_a_url", url[:120])
        if not self.private:
            _public(parts.hostname)
        if self.heed:
            robots = self._robots_of(f"{parts.scheme}://{parts.netloc}")
            if robots is not None and not robots.can_fetch(AGENT, url):
                raise NotRetrieved("robots_disallow", parts.path[:120])

    def _robots_of(self, root: str) -> RobotFileParser | None:
        """Return a host's rules; None where there are none. A host that fails allows nothing."""
        if root not in self._robots:
            rules: RobotFileParser | None = RobotFileParser()
            text = ""
            try:
                with self._asked(f"{root}/robots.txt") as answer:
                    if answer.status_code < 300:
                        text = self._body(answer, ROBOTS_BYTES, cut=True).decode("utf-8", "replace")
                    else:
                        rules = None
            except NotRetrieved:
                text = "User-agent: *\nDisallow: /"  # RFC 9309, 2.3.1.4: unreachable means no
            if rules is not None:
                rules.parse(text.splitlines())
            self._robots[root] = rules
        return self._robots[root]

    def _asked(self, url: str) -> requests.Response:
        """Return an answer that is worth something, after as many tries as it takes."""
        wrong = ""
        for attempt in range(TRIES):
            self._pace(urlsplit(url).netloc)
            delay = random.uniform(0, 2.0**attempt)  # full jitter
            try:
                answer = self._session.get(
                    url, timeout=TIMEOUT_S, stream=True, allow_redirects=False,
                    headers={"User-Agent": AGENT},
                )  # fmt: skip
            except requests.RequestException as error:
                wrong = type(error).__name__
            else:
                if answer.status_code not in _AGAIN and answer.status_code < 500:
                    return answer
                wrong = f"HTTP {answer.status_code}"
                delay = max(delay, _seconds(answer.headers.get("Retry-After", "")))
                answer.close()
            if delay > LONGEST_WAIT_S:
                break
            if attempt + 1 < TRIES:
                self.wait(delay)
        raise NotRetrieved("not_retrieved", wrong)

    def _pace(self, host: str) -> None:
        now = time.monotonic()
        at = max(now, self._next.get(host, now))
        self._next[host] = at + 1 / self.per_second
        if at > now:
            self.wait(at - now)

    def _body(self, answer: requests.Response, most: int, cut: bool = False) -> bytes:
        said = answer.headers.get("Content-Length", "")
        if not cut and said.isdigit() and int(said) > most:
            raise NotRetrieved("too_many_bytes", f"{said}, at most {most}")
        data = bytearray()
        try:
            for chunk in answer.iter_content(1 << 16):
                data += chunk
                if len(data) > most:
                    break
        except requests.RequestException as error:
            raise NotRetrieved("not_retrieved", type(error).__name__) from None
        if len(data) > most and not cut:
            raise NotRetrieved("too_many_bytes", f"more than {most}")
        return bytes(data[:most])


def opted_out(headers: Any) -> str:
    """Return the header by which an answer says that it is not for training; empty if none does.

    A directive for one agent (`otherbot: noai`) is for that one alone.
    """
    for line in str(headers.get("X-Robots-Tag", "")).split(","):
        agent, mark, rest = line.partition(":")
        directive = rest if mark else agent
        if mark and agent.strip().lower() not in ("*", AGENT):
            continue
        if directive.strip().lower() in OPT_OUTS:
            return f"X-Robots-Tag: {line.strip()}"
    if str(headers.get("TDM-Reservation", "")).strip() == "1":
        return "TDM-Reservation: 1"
    return ""


def _seconds(text: str) -> float:
    """Return what a Retry-After asks for; 0 where it names a date, which jitter does for."""
    return float(text) if re.fullmatch(r"\d{1,6}", text.strip()) else 0.0


def _public(host: str) -> None:
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        raise NotRetrieved("not_retrieved", f"no address: {type(error).__name__}") from None
    for *_, address in found:
        if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global:
            raise NotRetrieved("private_address", host)
