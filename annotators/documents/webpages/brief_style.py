"""What a brief says of looks: colours by code or name, kinds of type, corners, room."""

from __future__ import annotations

import re
from collections import Counter

from corpuswright.renderers.documents import colours, looks
from corpuswright.renderers.documents.webpages.plan import Style

_CODE = re.compile(r"#[0-9a-fA-F]{6}\b")
# Names that briefs use besides ours; values as CSS has them.
_OTHERS = {
    "off-white": "#fafaf7", "ivory": "#fffff0", "blue": "#2450d6", "green": "#1e9e5a",
    "yellow": "#ffe03d", "gold": "#d4a017", "violet": "#6b2fa0", "grey": "#8b9099",
    "gray": "#8b9099", "terracotta": "#c65d3b", "sage": "#9caf88", "indigo": "#3f3d9e",
    "slate": "#475569", "peach": "#ffcba4",
}  # fmt: skip
_NAMES = {**_OTHERS, **colours.NAMED}
_NAMED = re.compile(r"\b(" + "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))
                    + r")\b", re.I)  # fmt: skip

# Colours that are wished for by their kind; ours.
_KINDS = {
    "warm": ["#c65d3b", "#d4a017", "#7a2e1d"], "cool": ["#2450d6", "#0e7c7b", "#3f3d9e"],
    "earth(?:y|en)?": ["#7a5c3e", "#6b7a3a", "#c65d3b"],
    "pastel": ["#b79ad6", "#8fc1b5", "#f2b5a7"],
    "bright|vivid|bold": ["#e4312b", "#2450d6", "#ffb400"],
    "muted|soft|calm": ["#6f8f8a", "#a98b73", "#7d7f99"],
}  # fmt: skip
_OF_A_KIND = re.compile(
    r"\b(" + "|".join(_KINDS) + r")[- ](?:\w+ )?(?:colou?rs?|tones?|palette|shades?|hues?)", re.I
)

# What is not wanted is no wish.
_NOT = re.compile(r"\b(?:no|without|avoid|never|not)\b(?! more)[^.,;\n]*", re.I)


def read(brief: str, fallback: Style) -> Style:
    """Return the style that a brief asks for; what it leaves open is the fallback's."""
    square = bool(re.search(r"\b(?:no|without|not) rounded", brief, re.I))
    brief = _NOT.sub("", brief)
    found = _colours(brief)
    changes: dict[str, object] = {}
    if found:
        palest = min(found, key=lambda c: colours.contrast(c, "#ffffff"))
        background = _near(brief, r"background|canvas|backdrop") or (
            palest if _pale(palest) else "#ffffff"
        )
        ink = _near(brief, r"\btext\b|typography|body copy|ink\b") or ""
        if not ink or colours.contrast(ink, background) < looks.LEAST_CONTRAST:
            ink = colours.ink_on(background, "#ffffff", "#14181f")
        rest = [c for c in found if colours.difference(c, background) > 12
                and colours.difference(c, ink) > 12]  # fmt: skip
        accents = rest[:4] or [ink]
        changes |= {"background": background, "ink": ink, "accents": accents,
                    "surface": _mixed(background, ink, 0.06)}  # fmt: skip
    wished = _OF_A_KIND.search(brief)
    if wished and len(set(found)) < 3:  # who names more has said which
        kind = next(k for k in _KINDS if re.fullmatch(k, wished[1], re.I))
        ground = str(changes.get("background", fallback.background))
        accents = [c for c in found if colours.difference(c, ground) > 12] + _KINDS[kind]
        changes["accents"] = accents[:4]
    said = brief.lower()
    if re.search(r"dark (?:mode|theme|background|page|look|site)", said) and not (
        found and _near(brief, r"background|canvas|backdrop")
    ):
        rest = [c for c in found if colours.contrast(c, "#14181f") > 3]
        changes |= {"background": "#14181f", "surface": "#232936", "ink": "#f4f5f7",
                    "accents": rest[:4] or ["#f5a524"]}  # fmt: skip
    serif = len(re.findall(r"(?<!sans-)(?<!sans )\bserif", said))
    sans = len(re.findall(r"sans[- ]serif", said))
    if serif or sans:
        heading = "Playfair Display" if serif and serif >= sans else "Poppins"
        changes |= {"heading_font": heading, "body_font": "Lato"}
    if square or re.search(r"brutalis|sharp corner|square corner|swiss|hard[- ]edged", said):
        changes["radius"] = 0
    elif re.search(r"pill|bubbly|very rounded|playful", said):
        changes["radius"] = 20
    elif "rounded" in said:
        changes["radius"] = 10
    if re.search(r"generous|airy|white ?space|spacious", said):
        changes["density"] = "airy"
    elif re.search(r"dense|compact|tight", said):
        changes["density"] = "tight"
    return Style.model_validate({**fallback.model_dump(), **changes})


def _colours(brief: str) -> list[str]:
    """Return the colours that a brief names, the commonest first."""
    codes = Counter(c.lower() for c in _CODE.findall(brief))
    if len(codes) < 2:
        codes.update(_NAMES[n.lower()] for n in _NAMED.findall(brief))
    return [c for c, _ in codes.most_common(12)]


def _near(brief: str, word: str) -> str:
    """Return the colour that is named nearest to a word, in the same clause."""
    for clause in re.split(r"[.;]\s|\n", brief):
        if re.search(word, clause, re.I):
            at = next(re.finditer(word, clause, re.I)).start()
            found = [(abs(m.start() - at), m[0].lower()) for m in _CODE.finditer(clause)]
            found += [(abs(m.start() - at) + 5, _NAMES[m[0].lower()])
                      for m in _NAMED.finditer(clause)]  # fmt: skip
            if found and min(found)[0] < 60:
                return min(found)[1]
    return ""


def _pale(colour: str) -> bool:
    return colours.contrast(colour, "#000000") > 14


def _mixed(first: str, second: str, share: float) -> str:
    pairs = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    red, green, blue = (a * (1 - share) + b * share for a, b in pairs)
    return colours.hex_of(red, green, blue)
