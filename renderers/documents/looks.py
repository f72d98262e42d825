"""How documents look: colour schemes and typefaces, drawn together for one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corpuswright.renderers.documents import colours
from corpuswright.storage.inputs.sites import Site

# Text must stand out by this much: WCAG 2.1, success criterion 1.4.3 (AA).
LEAST_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class Scheme:
    """Colours by what they are for, as names of `colours.NAMED`."""

    background: str
    surface: str
    ink: str
    accents: tuple[str, str, str, str]


SCHEMES: Mapping[str, Scheme] = {
    "harbour": Scheme("white", "pale blue", "navy", ("royal blue", "coral", "teal", "mustard")),
    "slate": Scheme("charcoal", "black", "white", ("turquoise", "orange", "lavender",
                                                   "lime green")),
    "paper": Scheme("cream", "sand", "brown", ("burnt orange", "forest green", "navy", "maroon")),
    "garden": Scheme("white", "mint", "forest green", ("emerald", "burnt orange", "olive",
                                                       "royal blue")),
    "night": Scheme("navy", "royal blue", "white", ("bright yellow", "sky blue", "pink", "mint")),
    "clay": Scheme("beige", "white", "maroon", ("coral", "teal", "brown", "mustard")),
    "violet": Scheme("white", "lavender", "purple", ("magenta", "royal blue", "turquoise",
                                                     "orange")),
    "press": Scheme("light grey", "white", "black", ("red", "charcoal", "royal blue", "mustard")),
    "sun": Scheme("bright yellow", "white", "black", ("red", "royal blue", "forest green",
                                                      "magenta")),
    "fir": Scheme("forest green", "cream", "white", ("mustard", "coral", "mint", "sky blue")),
}  # fmt: skip


def _fontsource(family: str, version: str, digest: str) -> Site:
    name = family.lower().replace(" ", "-")
    return Site(f"web-fonts-{name}", ".", (), "OFL-1.1", "as its package says",
                f"@fontsource/{name}@{version}", digest)  # fmt: skip


# Families by name: static faces of 400 and 700, normal and italic, from one package each.
FAMILIES: Mapping[str, Site] = {
    "Lato": _fontsource(
        "Lato", "5.3.0", "50db251f16e9a6c35fe0177b4692b7ec78478b9734c9272d980a75343638aa5c"),
    "Poppins": _fontsource(
        "Poppins", "5.3.0", "f4779bb12acaaa07dc7dd8da82ab0f61515fea2f30664535f7a249eeb0dd5bcf"),
    "Merriweather": _fontsource(
        "Merriweather", "5.3.0",
        "348f20a775e50a50b508ab6660771df6905ab2ea695c6c2a8df889c5cceec42f"),
    "Playfair Display": _fontsource(
        "Playfair Display", "5.3.0",
        "564e61951ecc3e962793cd50395f718cda6350cb934f9000dbe0139c768dc023"),
    "Source Serif 4": _fontsource(
        "Source Serif 4", "5.3.1",
        "54b7898afa20cf4b2d807bbf2b5a2f865e28a83db8a5fcc563dafce5ecb5e7c8"),
    "IBM Plex Sans": _fontsource(
        "IBM Plex Sans", "5.3.0",
        "232592af20ae413026cc705fc9c104135fb760432fd710f06a02c39e062d3213"),
    "Work Sans": _fontsource(
        "Work Sans", "5.3.0", "b1b1c5a7d7ae2a721e0a9235bfa294281d161a20934e9ede01e0aec2bdb2373a"),
}  # fmt: skip
SERIF = ("Merriweather", "Playfair Display", "Source Serif 4", "Liberation Serif")
# Of headings and of running text.
PAIRS = (
    ("Poppins", "Lato"), ("Lato", "Lato"), ("Playfair Display", "Lato"),
    ("Merriweather", "Work Sans"), ("IBM Plex Sans", "IBM Plex Sans"),
    ("Source Serif 4", "Source Serif 4"), ("Work Sans", "Source Serif 4"),
    ("Poppins", "Merriweather"),
)  # fmt: skip
# Fonts that programs on the machine find by themselves, of the distribution's packages.
INSTALLED = (
    ("Liberation Sans", "Liberation Sans"), ("Liberation Serif", "Liberation Serif"),
    ("Liberation Sans", "Liberation Serif"), ("DejaVu Sans", "Liberation Sans"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """One document's look; colours as hex.

    Attributes:
        accents: In the order they are used in.
        radius: Of corners, in pixels.
        outlined: Whether cards have a line around them.
        scale: Of all type sizes.
    """

    name: str
    background: str
    surface: str
    ink: str
    accents: tuple[str, ...]
    heading: str
    body: str
    radius: int
    outlined: bool
    scale: float

    def on(self, fill: str) -> str:
        """Return the colour of text on a fill: the scheme's own where it can be read."""
        if colours.contrast(self.ink, fill) >= LEAST_CONTRAST:
            return self.ink
        return colours.ink_on(fill, colours.NAMED["white"], colours.NAMED["black"])

    def accent_text(self, number: int, fill: str) -> str:
        """Return an accent as the colour of text on a fill, or what can be read there."""
        accent = self.accents[number % len(self.accents)]
        return accent if colours.contrast(accent, fill) >= LEAST_CONTRAST else self.on(fill)


def draw(
    rng: np.random.Generator, pairs: Sequence[tuple[str, str]] = PAIRS, scale: float = 1.0
) -> Look:
    """Return a look drawn from all schemes and pairs of typefaces."""
    name = str(rng.choice(list(SCHEMES)))
    scheme = SCHEMES[name]
    heading, body = pairs[int(rng.integers(0, len(pairs)))]
    named = colours.NAMED
    return Look(
        name,
        named[scheme.background],
        named[scheme.surface],
        named[scheme.ink],
        tuple(named[a] for a in rng.permutation(scheme.accents).tolist()),
        heading,
        body,
        int(rng.choice([0, 4, 10, 18])),
        bool(rng.uniform() < 0.4),
        scale,
    )


def font_faces(families: Sequence[str]) -> str:
    """Return the style sheet that loads families from the pages' own server."""
    rules: list[str] = []
    for family in dict.fromkeys(families):
        if family not in FAMILIES:
            continue  # one of the machine's own
        site = FAMILIES[family].name
        file = site.removeprefix("web-fonts-")
        for weight in (400, 700):
            for style in ("normal", "italic"):
                url = f"http://{site}.localhost/files/{file}-latin-{weight}-{style}.woff2"
                rules.append(
                    f"@font-face{{font-family:'{family}';font-weight:{weight};font-style:{style};"
                    f"src:url({url}) format('woff2')}}"
                )
    return "".join(rules)
