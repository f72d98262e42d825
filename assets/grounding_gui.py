"""GUI grounding from real web applications: pages, looked at in many ways, with clicks to be found.

The method of the CUActSpot / Phi-Ground-Any paper (arXiv 2605.12501, §4 and App. C) for its GUI
modality, with what the paper leaves out: every region is measured, every sentence is read back,
every click is executed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, ValidationError

from corpuswright.annotators import grammar
from corpuswright.assets.stages import Corpus
from corpuswright.quality import near_duplicates, regions_hold, replay, unique_reference
from corpuswright.renderers import explore, gui, steps
from corpuswright.storage import keys
from corpuswright.storage.records import Json, Spec
from corpuswright.storage.sources import Page, Site

GENTELELLA = Site(
    name="gentelella",
    package="gentelella@4.2.0",
    package_sha256="42868c216515716c1f958d86459965b2d978d717eac912e456a2c540fed1e25d",
    root="dist",
    pages=("production/*.html",),
    licence="MIT",
    author="Colorlib and the Gentelella contributors",
)

RECIPE: Json = {
    # Looks at each page in a partition. Ours: two show a page at two sizes and scroll positions.
    "variants": 2,
    # States of a page that are looked for besides the page as it loads: menus and dialogs opened,
    # fields filled, panes scrolled. Ours: four a page more than double what there is to point at,
    # at about four times the cost of intake.
    "states": 4,
    # Looks at each such state in a partition: it differs from its page in a part only.
    "state_variants": 1,
    # Languages that pages must declare (none: any) and elements on them that can be clicked. The
    # paper takes English pages only and filters by interactive elements, without a number.
    "languages": [],
    "targets": 1,
    # Stored pixels. The paper renders 1080p, 2K and 4K (§4.2); its shares are not given. Ours: most
    # at 1080p, since cost grows with area.
    "areas": {"2073600": 0.7, "3686400": 0.2, "8294400": 0.1},
    # Width : height between 1:2 and 2:1 (paper §4.2), uniform in the logarithm.
    "aspect": [0.5, 2.0],
    "ratios": [1.0, 1.25, 1.5, 2.0, 3.0],
    "themes": {"light": 0.7, "dark": 0.3},
    # Share of looks that are scrolled somewhere; the rest stand at the top, as most pages are seen.
    "scrolled": 0.5,
    "codec": "png",
    # Names of a release that OCR must find in the pixels, a random sample (0: none). Ours: 60 read
    # back without a miss bound the share of unreadable ones below 5 % with 95 % confidence.
    "ocr_samples": 60,
}
PLAN_VERSION = 1

Share = Annotated[float, Field(ge=0, le=1)]


class _Recipe(BaseModel, extra="forbid"):
    """What values a recipe may have."""

    variants: int = Field(ge=0)
    states: int = Field(ge=0)
    state_variants: int = Field(ge=0)
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]]
    targets: int = Field(ge=1)
    areas: dict[Annotated[str, Field(pattern=r"^[1-9]\d*$")], Share] = Field(min_length=1)
    aspect: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    ratios: list[Annotated[float, Field(ge=0.5, le=4)]] = Field(min_length=1)
    themes: dict[Literal["light", "dark"], Share] = Field(min_length=1)
    scrolled: Share
    codec: Literal["png", "webp", "jpg"]
    ocr_samples: int = Field(ge=0)
    shard_bytes: int = Field(default=1, ge=1)


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    try:
        found = _Recipe.model_validate(recipe)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}, saw {e['input']!r}"
            for e in error.errors()
        ]
        raise ValueError("--set: " + "; ".join(lines)) from None
    for name in ("areas", "themes"):
        if abs(sum(getattr(found, name).values()) - 1) > 1e-9:
            raise ValueError(f"--set: {name}: expected shares that sum to 1")
    if found.variants + found.states * found.state_variants == 0:
        raise ValueError("--set: variants: expected at least 1, or states to look at")


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return `variants` specs a page; partition `007` holds the eighth block of variants."""
    specs: list[Spec] = []
    for page in pages:
        n = int(cast(int, recipe["state_variants" if page.state else "variants"]))
        first = int(partition) * n
        specs += [look(corpus, page, v, recipe) for v in range(first, first + n)]
    return specs


def look(corpus: str, page: Page, variant: int, recipe: Json) -> Spec:
    """Return one way to look at a page, drawn from its key's own seed."""
    key = keys.sample_key(corpus, keys.source_id(page.identity), variant)
    rng = keys.generator(corpus, "look", PLAN_VERSION, key)
    r = cast(dict[str, Any], recipe)
    area = float(rng.choice(list(r["areas"]), p=list(r["areas"].values())))
    low, high = (math.log(v) for v in r["aspect"])
    aspect = math.exp(rng.uniform(low, high))
    ratio = float(rng.choice(r["ratios"]))
    theme = str(rng.choice(list(r["themes"]), p=list(r["themes"].values())))
    scroll = round(float(rng.uniform(0, 1)), 3) if rng.uniform() < r["scrolled"] else 0.0
    css = math.sqrt(area) / ratio
    parameters: Json = {
        "site": page.site,
        "path": page.path,
        # Multiples of 4 are whole device pixels at every ratio above.
        "width": _to_four(css * math.sqrt(aspect)),
        "height": _to_four(css / math.sqrt(aspect)),
        "ratio": ratio,
        "theme": theme,
        "scroll": scroll,
        "codec": r["codec"],
    }
    if page.state:
        parameters = {**parameters, "state": page.state, "steps": [list(s) for s in page.steps]}
    return Spec(key, corpus, "gui", parameters, (page.source,))


def _to_four(length: float) -> int:
    return max(320, round(length / 4) * 4)  # browsers lay out no page below 320 CSS px well


VERSIONS = {
    "plan": PLAN_VERSION,
    "intake": gui.VERSION,
    "states": explore.VERSION + steps.VERSION,
    "scene": gui.VERSION,
    "actions": grammar.ACTIONS_VERSION,
    "text": grammar.TEXT_VERSION,
    "replay": replay.VERSION,
    "checks": max(unique_reference.VERSION, regions_hold.VERSION),
    "near_duplicates": near_duplicates.VERSION,
}

CORPUS = Corpus(
    name="grounding_gui",
    reference="corpuswright.assets.grounding_gui:CORPUS",
    sites=(GENTELELLA,),
    recipe=RECIPE,
    plan=plan,
    propose=grammar.propose,
    checks=(regions_hold.check, unique_reference.check),
    versions=VERSIONS,
    accepts=accepts,
)
