"""What a brief says, section by section: of which kind each is, and the words that it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corpuswright.renderers.documents.webpages.plan import SectionKind

QUOTED = re.compile(r"“([^“”]{1,700})”|\"([^\"\n]{1,700})\"|‘([^‘’\n]{2,300})’(?!\w)")
# How sections are spoken of, in the order in which a sentence that has several is decided.
_CUES: Sequence[tuple[SectionKind, str]] = (
    ("footer", r"\bfooter\b"),
    ("nav", r"navigation|\bnavbar\b|top bar|sticky header|header (?:bar|strip|band)|site header"),
    ("hero", r"\bhero\b"),
    ("questions", r"\bFAQs?\b|frequently asked|accordion"),
    ("plans", r"pricing|price cards?|ticket (?:types|options|tiers)|membership (?:tiers|plans)"),
    ("people", r"\bteam\b|\bspeakers?\b|instructors?\b|mentors?\b|faculty|\bhosts\b|coaches"),
    ("quote", r"testimonial|pull[- ]quote|quote (?:block|card|section|strip|panel)|reviews\b"),
    ("gallery", r"gallery|mosaic|photo (?:grid|strip)|portfolio|showcase|lookbook"),
    ("chart", r"\bcharts?\b|\bgraphs?\b|data visuali[sz]ation|sparkline|histogram"),
    ("schedule", r"schedule|agenda|timetable|opening hours|calendar"),
    ("table", r"\btable\b|comparison matrix"),
    ("steps", r"how (?:it|they|we) works?|step[- ]by[- ]step|\bsteps\b|timeline|\bprocess\b"),
    ("numbers", r"key (?:figures|metrics|numbers|stats)|statistics|\bstats?\b|metrics|\bKPIs?\b"),
    ("signup", r"newsletter|sign[- ]?up (?:form|section|strip)|subscri|contact form|"
               r"registration form|RSVP|e?-?mail (?:field|input)"),
    ("call", r"call[- ]to[- ]action (?:band|section|strip|banner|block)|final CTA|CTA band|"
             r"closing (?:section|banner|strip|band)"),
    ("story", r"about (?:section|us)|our story|mission|philosophy|manifesto|narrative"),
    ("features", r"features?\b|benefits|\bcards?\b|services|offerings|highlights|workshops|"
                 r"courses|modules|\btiles?\b|categories|\bgrid of"),
)  # fmt: skip
_PARTS = re.compile(r"\b(section|band|strip|row|block|area|zone|footer|header|hero|navigation|"
                    r"gallery|module|panel|column)\b", re.I)  # fmt: skip
_BEGINS = re.compile(
    r"^(below|beneath|under|next|following|after|further|then|at the|the (?:second|third|fourth|"
    r"fifth|sixth|seventh|next|final|last|hero|footer|main|header)|to close|finally|near the|"
    r"scrolling|moving|directly|add|include|it ends|the page ends|this is followed|it is followed)",
    re.I,
)
_TITLED = re.compile(r"\b(?:section|panel|block|area|band|strip|module)\b[^.]{0,60}"
                     r"(?:titled|labell?ed|headed|called|heading)", re.I)  # fmt: skip
_LIST = re.compile(r"in (?:this|that) order|top to bottom|with (?:these|the following) sections|"
                   r"sections?:", re.I)  # fmt: skip
_PRESSED = re.compile(r"button|CTA|call[- ]to[- ]action|\blink", re.I)
_SMALL = re.compile(r"\btag\b|badge|pill|eyebrow|kicker|overline|small label", re.I)


@dataclass(slots=True)
class Described:
    """What a brief says of one section."""

    kind: SectionKind
    sentences: list[str] = field(default_factory=list[str])
    heading: str = ""
    tag: str = ""
    texts: list[str] = field(default_factory=list[str])
    buttons: list[str] = field(default_factory=list[str])
    short: list[str] = field(default_factory=list[str])

    @property
    def said(self) -> str:
        """All that is said of it."""
        return " ".join(self.sentences)


def quotes(text: str) -> list[str]:
    """Return what a text quotes, in order."""
    return [" ".join((m[1] or m[2] or m[3]).split()) for m in QUOTED.finditer(text)]


def _sentences(brief: str) -> Iterator[tuple[str, bool]]:
    """Yield sentences, and whether each begins a paragraph; what is quoted stays whole."""
    for paragraph in re.split(r"\n\s*\n|\n", brief):
        kept = QUOTED.sub(lambda m: re.sub(r"[.!?] ", lambda p: p[0][0] + "\0", m[0]), paragraph)
        first = True
        for sentence in re.split(r"(?<=[.!?])\s+|(?<=[.!?][”\"])\s+(?=[A-Z])", kept):
            if sentence.strip():
                yield sentence.replace("\0", " ").strip(), first
                first = False


def read(brief: str) -> Iterator[Described]:
    """Yield what a brief says of one section after the other."""
    now: Described | None = None
    for sentence, first in _sentences(brief):
        spoken = QUOTED.sub("“”", sentence)
        named = _named(spoken)
        if len(named) > 2 and (_LIST.search(spoken) or not QUOTED.search(brief)):
            yield from (Described(k) for k in named)
            continue
        kind = _kind(spoken)
        begins = now is None or (
            (first or _BEGINS.match(spoken)) and (kind is not None or _PARTS.search(spoken))
        )
        titled = "“”" in spoken and _TITLED.search(spoken)
        if (begins and kind is not None and (now is None or kind != now.kind)) or titled:
            if now is not None:
                yield now
            now = Described(kind or "features")
        if now is None:
            now = Described("hero")
        now.sentences.append(sentence)
        _take(now, sentence)
    if now is not None:
        yield now


def _kind(spoken: str) -> SectionKind | None:
    """Return the kind of section that a sentence speaks of first."""
    found: list[tuple[int, int]] = []
    for n, (_, cue) in enumerate(_CUES):
        if match := re.search(cue, spoken, re.I):
            found.append((match.start(), n))
    return _CUES[min(found)[1]][0] if found else None


def _named(spoken: str) -> list[SectionKind]:
    """Return the kinds that a list names, in order."""
    out: list[SectionKind] = []
    for piece in re.split(r",|;|\band\b|→|->", spoken):
        kind = _kind(piece)
        if kind is not None and kind not in out:
            out.append(kind)
    return out


def _take(found: Described, sentence: str) -> None:
    """Put what a sentence quotes where it belongs."""
    for match in QUOTED.finditer(sentence):
        text = " ".join((match[1] or match[2] or match[3]).split())
        before = sentence[max(0, match.start() - 70) : match.start()]
        if _PRESSED.search(before) and len(text) <= 40:
            found.buttons.append(text)
        elif _SMALL.search(before) and not found.tag and len(text) <= 60:
            found.tag = text
        elif len(text) > 90:
            found.texts.append(text)
        elif not found.heading and len(text) > 2 and found.kind not in ("nav", "footer"):
            found.heading = text
        else:
            found.short.append(text)


def merged(found: Iterator[Described]) -> Iterator[Described]:
    """Yield sections, what is said of one bar, hero or footer put together."""
    once: dict[str, Described] = {}
    for one in found:
        if one.kind not in ("nav", "hero", "footer"):
            yield one
            continue
        if one.kind not in once:
            once[one.kind] = one
            yield one
            continue
        first = once[one.kind]
        first.sentences += one.sentences
        first.texts += one.texts
        first.buttons += one.buttons
        first.short += ([one.heading] if one.heading else []) + one.short
