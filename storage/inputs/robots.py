"""What a host's robots.txt lets us fetch (RFC 9309): groups by agent, the longest rule decides."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

_ALL = "*"


class Rule(NamedTuple):
    """A path pattern, and whether it allows."""

    pattern: str
    allows: bool

    def holds(self, path: str) -> bool:
        """Say whether a path is meant: `*` stands for anything, `$` at the end for the end."""
        end = self.pattern.endswith("$")
        parts = self.pattern.removesuffix("$").split("*")
        found = re.match(".*".join(map(re.escape, parts)) + ("$" if end else ""), path, re.DOTALL)
        return found is not None


def rules(text: str, agent: str) -> list[Rule]:
    """Return the rules for an agent: those of its own groups, or else those for all."""
    own: dict[str, list[Rule]] = {}
    agents: list[str] = []
    open_ = False  # whether lines that name agents may follow
    for line in text.splitlines():
        name, mark, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not mark:
            continue
        if name == "user-agent":
            agents = [*agents, value.lower()] if open_ else [value.lower()]
            open_ = True
            own.setdefault(value.lower(), [])
        elif name in ("allow", "disallow"):
            open_ = False
            if value:
                for a in agents:
                    own[a].append(Rule(value, name == "allow"))
    return own.get(agent.lower(), own.get(_ALL, []))


def allows(found: list[Rule], url: str) -> bool:
    """Say whether rules let a URL be fetched: the longest that holds decides, allow where equal."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if path == "/robots.txt":
        return True
    held = [r for r in found if r.holds(path)]
    return max(held, key=lambda r: (len(r.pattern), r.allows)).allows if held else True
