"""What briefs say without quoting it: how many of a thing, prices, hours, whom to write to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corpuswright.annotators.documents.question import NUMBERS
from corpuswright.annotators.documents.webpages.brief_sections import QUOTED
from corpuswright.renderers.documents.webpages.plan import (
    MOST_ITEMS,
    MOST_ROWS,
    Item,
    Section,
    SectionKind,
)

_NOUNS: Mapping[str, SectionKind] = {
    "feature": "features", "card": "features", "benefit": "features", "service": "features",
    "step": "steps", "question": "questions", "faq": "questions", "member": "people",
    "people": "people", "person": "people", "speaker": "people", "photo": "gallery",
    "picture": "gallery", "image": "gallery",
}  # fmt: skip
_COUNT = re.compile(r"\b(\d|two|three|four|five|six|seven|eight|nine)\s+(?:[\w-]+\s+){0,2}?"
                    r"(" + "|".join(_NOUNS) + r")s?\b", re.I)  # fmt: skip
_SUM = r"\d+(?:,\d{3})*(?:[.,]\d{1,2})?"
_PRICE = re.compile(
    r"(?P<name>[A-Za-z][\w &'’/()-]{1,60}?)\s*(?:[:–—=-]\s*|\b(?:at|for|costs?|is|are)\s+)?"
    rf"(?P<value>(?:\bfrom\s+)?(?:[£$€¥]\s?{_SUM}|{_SUM}\s?(?:€|EUR\b|USD\b|GBP\b)))"
    r"(?!\s?(?:million|billion|thousand|bn|[kmb])\b)"
    r"(?:\s*(?:/|per|an?)\s*(?P<each>month|year|week|day|night|hour|person|seat|kg|piece|ticket)"
    r"\b)?", re.I)  # fmt: skip
# What stands before the first of several things with prices, and is no part of its name.
_BEFORE = re.compile(
    r"^(?:and|or|plus|the|an?|our|with|for|show|prices?|list (?:of|with)|tickets? for)\s+", re.I
)
_DAY = (r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?|weekdays|weekends|"
        r"daily|every ?day)")  # fmt: skip
_TIME = r"(?:\d{1,2}(?:[:.]\d\d)\s?(?:am|pm)?|\d{1,2}\s?(?:am|pm)|noon|midnight)"
_HOURS = re.compile(
    rf"\b(?P<days>{_DAY}(?:\s*(?:to|-|–|and|through|&|,)\s*{_DAY})*)\s*[:,]?\s*(?:from\s+)?"
    rf"(?:(?P<opens>{_TIME})\s*(?:to|-|–|until|till)\s*(?P<closes>{_TIME})|(?P<shut>closed))\b",
    re.I)  # fmt: skip
_SHUT = re.compile(rf"\bclosed (?:on )?(?P<days>{_DAY}(?:\s*(?:to|-|–|and|&)\s*{_DAY})*)\b", re.I)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?:tel(?:ephone)?|phone|call)\b[^\d+\n]{0,12}(\+?\d[\d ()/-]{5,18}\d)", re.I)
LONGEST = 90  # letters of a name or of days; a line of a plan has room for more
CARDS = 4  # prices that stand beside each other as cards; more are a table


def counts(brief: str) -> dict[str, int]:
    """Return how many things a brief asks for, by the kind of section that shows them."""
    out: dict[str, int] = {}
    for number, noun in _COUNT.findall(QUOTED.sub("", brief)):
        value = int(number) if number.isdigit() else NUMBERS.index(number.lower())
        if 1 < value <= MOST_ITEMS:
            out.setdefault(_NOUNS[noun.lower()], value)
    return out


def contacts(brief: str) -> list[str]:
    """Return e-mail addresses and telephone numbers that a brief gives outside of quotations."""
    spoken = QUOTED.sub(" ", brief)
    found = [*_MAIL.findall(spoken), *(m.strip() for m in _PHONE.findall(spoken))]
    return list(dict.fromkeys(found))[:4]


def sections(brief: str) -> dict[SectionKind, Section]:
    """Return the sections whose figures a brief gives outside of quotations: prices, hours."""
    spoken = QUOTED.sub(" ", brief)
    out: dict[SectionKind, Section] = {}
    if len(priced := _prices(spoken)) > 1:
        out["plans"] = _price_list(priced)
    if rows := _hours(spoken):
        out["schedule"] = Section(id="schedule", kind="schedule", layout="left",
                                  heading="Opening hours", columns=["Day", "Opens", "Closes"],
                                  rows=rows)  # fmt: skip
    return out


def _prices(spoken: str) -> dict[str, tuple[str, str]]:
    """Return prices by what they are for: (price, of what: "a month", or empty)."""
    out: dict[str, tuple[str, str]] = {}
    for found in _PRICE.finditer(spoken):
        name = found["name"].strip(" -–—(")
        while (shorter := _BEFORE.sub("", name)) != name:
            name = shorter
        if len(name) > 1:
            name = name[0].upper() + name[1:]
            each = found["each"]
            per = ("an " if each == "hour" else "a ") + each.lower() if each else ""
            out.setdefault(name[:LONGEST], (" ".join(found["value"].split())[:24], per))
    return out


def _price_list(priced: Mapping[str, tuple[str, str]]) -> Section:
    if len(priced) <= CARDS:
        items = [Item(heading=n, value=v, label=per) for n, (v, per) in priced.items()]
        return Section(id="plans", kind="plans", layout="grid", heading="Prices", items=items)
    rows = [[n, f"{v} {per}".strip()] for n, (v, per) in priced.items()]
    return Section(id="plans", kind="table", layout="left", heading="Prices",
                   columns=["What", "Price"], rows=rows[:MOST_ROWS])  # fmt: skip


def _hours(spoken: str) -> list[list[str]]:
    rows: dict[str, list[str]] = {}
    for found in [*_HOURS.finditer(spoken), *_SHUT.finditer(spoken)]:
        days = " ".join(found["days"].split())
        days = (days[0].upper() + days[1:])[:LONGEST]
        times = found.groupdict()
        opens, closes = times.get("opens"), times.get("closes")
        rows.setdefault(days, [days, *((t or "closed").strip() for t in (opens, closes))])
    return list(rows.values())[:MOST_ROWS]
