"""A thousand categories and more: every class has its place, no two are one thing."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from corpuswright.annotators.vocabularies import open_custom_categories, wordnet
from corpuswright.annotators.vocabularies.open_custom_categories import Category, Decision
from corpuswright.annotators.vocabularies.wordnet import Nouns
from corpuswright.storage.inputs import sites

Fused = tuple[dict[str, Category], list[Decision]]


@pytest.fixture(scope="module")
def nouns() -> Nouns:
    return wordnet.read(Path(sites.fetch(wordnet.SITE, Path("inputs"))))


@pytest.fixture(scope="module")
def imagenet() -> Path:
    return Path(sites.fetch(open_custom_categories.SITE, Path("inputs")))


@pytest.fixture(scope="module")
def fused(nouns: Nouns, imagenet: Path) -> Fused:
    found, decisions = open_custom_categories.fused(nouns, imagenet)
    assert len({c.name for c in found}) == len(found)
    return {c.name: c for c in found}, decisions


def test_there_are_a_thousand_and_each_class_is_in_one(fused: Fused, imagenet: Path):
    found, decisions = fused
    assert len(found) >= 1000
    ids = json.loads((imagenet / "imagenet1k_to_21k.json").read_text()).values()
    every = sorted(
        [*(f"imagenet:{i}" for i in ids), *(f"coco:{n}" for n in open_custom_categories.COCO)]
    )
    assert len(every) == 1080 == len(set(every))
    assert sorted(s for c in found.values() for s in c.sources) == every
    assert [d.source for d in decisions] == every and all(d.why for d in decisions)
    assert all(d.source in found[d.category].sources for d in decisions)
    by_source = Counter(
        "+".join(sorted({s.split(":")[0] for s in c.sources})) for c in found.values()
    )
    print(dict(by_source))
    assert by_source["coco+imagenet"] >= 20 and by_source["coco"] >= 50


def test_no_two_categories_are_synonyms(fused: Fused, nouns: Nouns):
    found = fused[0].values()
    synsets = [c.synset for c in found if c.synset]
    assert len(set(synsets)) == len(synsets)
    # By name, in either number; what is said in brackets tells two senses of one word apart.
    names = Counter(c.name.casefold().rstrip("s") for c in found)
    assert [n for n, many in names.items() if many > 1] == []
    for c in found:
        if c.synset:
            assert set(nouns.synsets[c.synset].words) <= set(c.names)


def test_ids_of_one_version_are_found_in_the_next(nouns: Nouns, imagenet: Path):
    """WordNet 3.1 keeps the order of 3.0: where one class were misplaced, the order would break."""
    rows = list(open_custom_categories._imagenet(nouns, imagenet))  # pyright: ignore[reportPrivateUsage]
    offsets = [s.offset for _, _, s, _ in rows]
    assert all(a < b for a, b in itertools.pairwise(offsets))
    words = [{w.casefold() for w in s.words} & {n.casefold() for n in of} for _, of, s, _ in rows]
    assert sum(map(bool, words)) >= 999, "the jean has become jeans"


def test_what_everybody_knows(fused: Fused):
    found = fused[0]
    assert set(found["zebra"].sources) == {"imagenet:n02391049", "coco:zebra"}
    assert {"crane (wading bird)", "crane (lifting device)", "kite (plaything)"} <= set(found)
    assert set(found["sunglass"].sources) == {"imagenet:n04355933", "imagenet:n04356056"}
    assert "dog" in found["beagle"].kind_of and "cat" in found["tabby"].kind_of
    assert found["dog"].sources == ("coco:dog",) and found["stop sign"].kind_of == ("street sign",)
    assert "commode" in found["toilet"].names and "computer mouse" in found["mouse"].names
    assert "pair of scissors" in found["scissors"].names
    kinds = {c.name for c in found.values() if "person" in c.kind_of}
    assert {"scuba diver", "groom", "ballplayer"} <= kinds
    for c in found.values():
        assert c.name not in c.kind_of and set(c.kind_of) <= set(found)


def test_a_word_is_brought_to_the_nearest_of_coco_s_classes(nouns: Nouns):
    classes = open_custom_categories.coco_classes(nouns)
    assert sorted([*classes.values(), "stop sign"]) == sorted(open_custom_categories.COCO)
    told = {
        "woman": "person", "puppy": "dog", "lorry": "truck", "cup": "cup", "mug": None,
        "floor": None, "no such thing": None,
    }  # fmt: skip
    assert {w: open_custom_categories.coco_class(nouns, classes, w) for w in told} == told
