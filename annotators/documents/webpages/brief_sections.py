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
    ("quote", r"testimonial|\bquotes? (?:from|by|of)\b|customer quote|"
              r"pull[- ]quote|quote (?:block|card|section|strip|panel)|reviews\b"),
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
FEW = 4  # quotations below which a sentence that names three sections is taken for a list; ours
_PARTS = re.compile(r"\b(section|band|strip|row|block|area|zone|footer|header|hero|navigation|"
                    r"gallery|module|panel|column)\b", re.I)  # fmt: skip
_BEGINS = re.compile(
    r"^(below|beneath|under|next|following|after|further|then|at the|the (?:second|third|fourth|"
    r"fifth|sixth|seventh|next|final|last|hero|footer|main|header)|to close|finally|near the|"
    r"scrolling|moving|directly|add|include|it ends|the page ends|this is followed|it is followed)",
    re.I,
)
# What stands alone where a sentence begins with it: "A bar chart of…", "- opening hours".
_ONE = re.compile(
    r"^(?:[-*•]\s*|an?\s|another\s|the\s|plus\s|(?:quote|testimonial|review)s?\b)", re.I
)
_ALONE = ("chart", "table", "numbers", "quote", "questions", "people", "plans", "gallery",
          "schedule", "signup", "steps")  # fmt: skip
_TITLED = re.compile(r"\b(?:section|panel|block|area|band|strip|module)\b[^.]{0,60}"
                     r"(?:titled|labell?ed|headed|called|heading)", re.I)  # fmt: skip
_LIST = re.compile(r"in (?:this|that) order|top to bottom|with (?:these|the following) sections|"
                   r"sections?:", re.I)  # fmt: skip
_WHERE = re.compile(
    r"^(?:directly )?(?:below|beneath|under|underneath|after|following) (?:the|this|that) "
    r"(?:[\w-]+ ){0,2}?(?:navigation|nav|header|hero|section|area|band|bar|block|strip|grid|row|"
    r"gallery|introduction)(?: (?:section|area|bar|block|strip|band|grid))?,? ", re.I)  # fmt: skip
_BUTTON = re.compile(r"\bbuttons?\b|\bCTAs?\b(?! band)", re.I)
_PRESSED = re.compile(r"button|\bCTAs?\b(?! band)|\blinks?\b", re.I)
_HEADED = re.compile(r"titled|headed|heading|headline|labell?ed|called|title\b", re.I)
_BY = re.compile(r"\bby\b|—|–|from|attributed|signed|name", re.I)
# Who said it, behind a quotation: — Amy Clarke, a customer.
_SIGNED = re.compile(r"[.,]?\s*(?:[—–-]|\bby\b)\s*((?:[A-Z][\w.'’-]*)(?: [A-Z][\w.'’-]*){0,3})")
_ON = re.compile(r"[\s,;/·|]*(?:and|or|&)?\s*(?:the )?")
_SMALL = re.compile(r"\btag\b|badge|pill|eyebrow|kicker|overline|small label", re.I)


@dataclass(slots=True)
class Described:
    """What a brief says of one section; `said_by` are quotations of people, with their names."""

    kind: SectionKind
    sentences: list[str] = field(default_factory=list[str])
    heading: str = ""
    tag: str = ""
    texts: list[str] = field(default_factory=list[str])
    buttons: list[str] = field(default_factory=list[str])
    short: list[str] = field(default_factory=list[str])
    said_by: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

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


def read(brief: str, brand: str = "") -> Iterator[Described]:
    """Yield what a brief says of one section after the other.

    Args:
        brief: The brief.
        brand: Who the page is of: no section's heading.
    """
    now: Described | None = None
    preamble, few = True, len(quotes(brief)) < FEW
    for number, (sentence, first) in enumerate(_sentences(brief)):
        spoken = QUOTED.sub("“”", sentence)
        named = _named(spoken)
        if len(named) > 2 and (_LIST.search(spoken) or few):
            yield from (Described(k) for k in named)
            continue
        # What it stands below is not what it is.
        about = _WHERE.sub("", spoken)
        kind = _kind(about)
        begins = (first or _BEGINS.match(spoken)) and (kind is not None or _PARTS.search(about))
        titled = "“”" in spoken and _TITLED.search(about)
        one = bool(number and kind in _ALONE and _ONE.match(spoken))
        begins = begins or one
        if preamble and now is None and not titled and not one and kind not in ("nav", "hero"):
            continue  # what the page is for, and how it looks
        other = now is None or kind != now.kind or (one and kind == "chart")
        if now is None or (begins and kind is not None and other) or titled:
            if now is not None:
                yield now
            now = Described(kind or ("hero" if now is None else "features"))
            preamble = False
        now.sentences.append(sentence)
        _take(now, sentence, brand)
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


def _take(found: Described, sentence: str, brand: str) -> None:
    """Put what a sentence quotes where it belongs; a list goes on as it began."""
    last, put = 0, ""
    for match in QUOTED.finditer(sentence):
        text = " ".join((match[1] or match[2] or match[3]).split())
        between = sentence[last : match.start()]
        last = match.end()
        if text == brand:
            continue
        if put in ("", "name", "heading") or not _ON.fullmatch(between):
            put = _where(found, between[-70:], text)
        if put == "button" and len(text) <= 40:
            found.buttons.append(text)
        elif put == "tag" and not found.tag and len(text) <= 60:
            found.tag = text
        elif put == "name" and found.said_by:
            found.said_by[-1] = (found.said_by[-1][0], text)
        elif put == "said":
            signed = _SIGNED.match(sentence[match.end() :])
            found.said_by.append((text, signed[1].rstrip(".") if signed else ""))
        elif put == "heading" and not found.heading:
            found.heading, put = text, ""
        elif len(text) > 90:
            found.texts.append(text)
        else:
            found.short.append(text)


def _where(found: Described, before: str, text: str) -> str:
    """Return what a quotation is, by the words before it."""
    pressed = _BUTTON if found.kind == "nav" else _PRESSED
    if pressed.search(before):
        return "button"
    if _SMALL.search(before):
        return "tag"
    if found.kind == "numbers":  # values and their labels, but for what is titled before them
        titled = re.search(r"titled|headed|heading", before, re.I) and not found.short
        return "heading" if titled and not found.heading else "short"
    headed = _HEADED.search(before) and not found.heading
    if found.kind == "quote" and not headed:
        name = found.said_by and not found.said_by[-1][1] and len(text) < 60
        return "name" if name and _BY.search(before) else "said" if len(text) > 20 else "short"
    if found.kind in ("nav", "footer") or len(text) < 3 or found.heading:
        return "short"
    if found.kind == "questions" and text.endswith("?"):
        return "short"
    return "heading" if headed or len(text) <= 90 else "short"


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
