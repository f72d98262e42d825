"""One file from the web, politely: robots, opt-outs, one host's pace, bounds, a reason for a no.

What stays out says so: `robots.txt` (RFC 9309), the `X-Robots-Tag` directives noai, noimageai,
noindex and noimageindex (those that img2dataset heeds by default), `TDM-Reservation: 1` (W3C's TDM
Reservation Protocol). Addresses of private networks are refused unless they are asked for: a list
of URLs is somebody else's text.
"""

from __future__ import annotations

import contextlib
import ipaddress
import random
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import idna
import requests
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from corpuswright.storage.inputs import retry_after
from corpuswright.storage.inputs.running_sites import AGENT, NOTHING

OPT_OUTS = frozenset(("noai", "noimageai", "noindex", "noimageindex", "none"))
PER_SECOND = 2.0  # requests to one host; ours: what a person's browser does at leisure
TRIES = 4  # of one URL; 408, 429, 5xx, resets and time-outs are tried again
TIMEOUT_S = 20.0
LONGEST_WAIT_S = 60.0  # between tries; a longer Retry-After is a no
REDIRECTS = 5
ROBOTS_BYTES = 500 << 10  # of robots.txt that are read (RFC 9309, 2.5)
_AGAIN = (408, 425, 429)
_ODD = re.compile(r"[\\\x00-\x1f\x7f]")  # what readers of URLs do not read alike
_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_PATH = "%/:@!$&'()*+,;=~-._|^[]{}`"  # what browsers leave as it is, or servers read alike


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
    _robots: dict[str, Protego] = field(default_factory=dict[str, Protego])
    _next: dict[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        self._session.trust_env = False  # no proxies, and no passwords of ~/.netrc
        if not self.private:
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, _Public())

    def get(self, url: str) -> Retrieved:
        """Return the file at a URL.

        Raises:
            NotRetrieved: It brought none; a word says why.
        """
        url = as_browsers_ask(url)
        for _ in range(REDIRECTS + 1):
            self._may(url)
            with self._asked(url) as answer:
                if answer.is_redirect:
                    url = _joined(url, answer.headers["Location"])
                    continue
                if answer.status_code >= 400:
                    raise NotRetrieved("not_there", f"HTTP {answer.status_code}")
                if self.heed and (said := opted_out(answer.headers)):
                    raise NotRetrieved("opted_out", said)
                return Retrieved(self._body(answer, self.most), url)
        raise NotRetrieved("not_retrieved", f"more than {REDIRECTS} redirects")

    def _may(self, url: str) -> None:
        parts = _parts(url)
        if self.heed:
            root = f"{parts.scheme}://{parts.netloc}"
            if root not in self._robots:
                self._robots[root] = self._rules(root)
            if not self._robots[root].can_fetch(url, AGENT):
                raise NotRetrieved("robots_disallow", parts.path[:120])

    def _rules(self, root: str) -> Protego:
        """Return a host's rules; redirects are followed, a host that fails allows nothing.

        RFC 9309, 2.3.1: what is not there forbids nothing.
        """
        url = f"{root}/robots.txt"
        try:
            for _ in range(REDIRECTS + 1):
                with self._asked(url) as answer:
                    if answer.is_redirect:
                        url = _joined(url, answer.headers["Location"])
                    elif answer.status_code < 300:
                        text = self._body(answer, ROBOTS_BYTES, cut=True)
                        return Protego.parse(text.decode("utf-8-sig", "replace"))
                    else:
                        return Protego.parse("")
        except NotRetrieved as no:
            if no.reason == "private_address":
                raise
            return Protego.parse(NOTHING)
        return Protego.parse("")

    def _asked(self, url: str) -> requests.Response:
        """Return an answer that is worth something, after as many tries as it takes."""
        _parts(url)
        wrong = ""
        for attempt in range(TRIES):
            self._pace(urlsplit(url).netloc)
            delay = random.uniform(0, 2.0**attempt)  # full jitter
            try:
                answer = self._session.get(
                    url,
                    timeout=TIMEOUT_S,
                    stream=True,
                    allow_redirects=False,
                    headers={"User-Agent": AGENT},
                )
            except requests.RequestException as error:
                wrong = type(error).__name__
            except ValueError:  # of a Location that is no URL: it is read though not followed
                raise NotRetrieved("not_a_url", f"a redirect of {url[:100]}") from None
            else:
                if answer.status_code not in _AGAIN and answer.status_code < 500:
                    return answer
                wrong = f"HTTP {answer.status_code}"
                delay = max(delay, retry_after.seconds(answer.headers.get("Retry-After", "")))
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


def as_browsers_ask(url: str) -> str:
    """Return a URL as browsers send it: spaces and letters beyond ASCII encoded, hosts in ASCII.

    What is encoded already stays (WHATWG URL, path and query percent-encode sets).

    Raises:
        NotRetrieved: It is none.
    """
    parts = _parts(url.strip(" "))
    try:
        host = str(parts.hostname)
        name = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise NotRetrieved("not_a_url", url[:120]) from None
    where = f"[{name}]" if ":" in name else name
    netloc = where if parts.port is None else f"{where}:{parts.port}"
    whole = (_PERCENT.sub("%25", p) for p in (_without_dots(parts.path), parts.query))
    path, query = (quote(p, safe=_PATH + more) for p, more in zip(whole, ("", "?"), strict=True))
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _without_dots(path: str) -> str:
    """Return a path whose `.` and `..` are gone, as browsers do before anybody is asked."""
    kept: list[str] = []
    steps = path.split("/")
    for step in steps:
        plain = step.lower().replace("%2e", ".")
        if plain == "..":
            del kept[max(1, len(kept) - 1) :]
        elif plain != ".":
            kept.append(step)
    if steps[-1].lower().replace("%2e", ".") in (".", ".."):
        kept.append("")
    return "/".join(kept)


def _parts(url: str) -> SplitResult:
    """Return the parts of a URL that all who read it read alike; raises NotRetrieved."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotRetrieved("not_a_url", url[:120]) from None
    odd = _ODD.search(url) or parts.username is not None or port == 0
    odd = odd or re.search(r"\s", parts.netloc)
    if odd or parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotRetrieved("not_a_url", url[:120])
    return parts


def _joined(url: str, location: str) -> str:
    with contextlib.suppress(UnicodeError):  # headers come as latin-1, and are written as UTF-8
        location = location.encode("latin-1").decode()
    try:
        there = urljoin(url, location)
    except ValueError:
        raise NotRetrieved("not_a_url", location[:120]) from None
    return as_browsers_ask(there)


class _Public(HTTPAdapter):
    """Connects to public addresses only: looked at once connected, whatever a name resolves to."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        pools: Any = {"http": _Pool, "https": _SecurePool}
        self.poolmanager.pool_classes_by_scheme = pools


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection  # pyright: ignore[reportAssignmentType]


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection  # pyright: ignore[reportAssignmentType]


def _checked(connected: socket.socket) -> socket.socket:
    host = str(connected.getpeername()[0]).partition("%")[0]
    if not ipaddress.ip_address(host).is_global:
        connected.close()
        raise NotRetrieved("private_address", host)
    return connected
