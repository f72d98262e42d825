"""Plurals and articles of English nouns, also of those that say what they are for."""

from __future__ import annotations

from functools import cache

import inflect

# What inflect gets wrong of our nouns.
_IRREGULAR = {
    "amaryllis": "amaryllises",
    "banjo": "banjos",
    "burrito": "burritos",
    "cyclops": "cyclopes",
    "gecko": "geckos",
    "koi": "koi",
    "mech": "mechs",
    "mojito": "mojitos",
    "pike": "pike",
    "samurai": "samurai",
}
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


@cache
def plural(noun: str) -> str:
    """Return the plural of a noun; of "ticket for a zoo" or "loaf of bread", of its head."""
    for mark in (" for ", " from ", " of "):
        head, mark_, rest = noun.partition(mark)
        if mark_:
            return plural(head) + mark + rest
    return _IRREGULAR.get(noun) or _engine().plural_noun(noun)


@cache
def with_article(phrase: str) -> str:
    """Return a phrase with "a" or "an" before it, by how it is spoken."""
    return _engine().a(phrase)


@cache
def third(verb: str) -> str:
    """Return the third person of a verb's present, whatever follows it."""
    first, _, rest = verb.partition(" ")
    made = {"be": "is"}.get(first) or _engine().plural_noun(first)  # watch, watches: as nouns do
    return f"{made} {rest}".strip()


@cache
def _engine() -> inflect.engine:
    return inflect.engine()
