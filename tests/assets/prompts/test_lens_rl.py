"""lens_rl: items, key points, prompts that hold them, rubrics that ask for them, a judge."""

from __future__ import annotations

import html
import itertools
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.ledger import Budget, Ledger
from corpuswright.annotators.llm.requests import Endpoint
from corpuswright.annotators.prompts import grammar, key_points, taxonomy, vocabulary
from corpuswright.annotators.prompts.key_points import Points
from corpuswright.annotators.prompts.words import NUMBERS
from corpuswright.annotators.vocabularies import wordnet, wordnet_categories
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.curation.deletion import delete
from corpuswright.assets.prompts import lens_rl
from corpuswright.pipelines.cli.main import main
from corpuswright.quality.prompts import diversity, rubrics
from corpuswright.quality.prompts import key_points as prompt_key_points
from corpuswright.quality.prompts.reward import Judge, aggregated
from corpuswright.quality.prompts.rubrics import GLOBAL, Rubric
from corpuswright.storage import samples
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.inputs import sites
from corpuswright.storage.keys import generator
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset
from tests.fixtures import builds, scripted_answers
from tests.fixtures.synthetic_images import png, texture


@pytest.fixture(scope="session")
def words() -> Path:
    return Path(sites.fetch(wordnet.SITE, Path("inputs")))


@pytest.fixture(scope="session")
def nouns(words: Path) -> wordnet.Nouns:
    return wordnet.read(words)


def build(words: Path, out: Path, **more: Any) -> CurationBuild:
    recipe = {"prompts": 200, **more.pop("recipe", {})}
    options = BuildOptions(out=str(out), source=str(words), recipe=recipe, **more)
    return builds.made(lens_rl.CORPUS, options)


def lines(store: Path) -> list[dict[str, Any]]:
    made = manifest.load(store, "lens_rl")
    text = (manifest.folder(store, "lens_rl", made.plan) / "prompts.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_wordnet_is_read_as_it_is(nouns: wordnet.Nouns, words: Path, tmp_path: Path):
    cat = nouns.find("cat", 5)
    assert cat.words == ("cat", "true cat") and "feline mammal" in cat.gloss
    below = {s.words[0] for s in nouns.below(nouns.find("feline", 5))}
    assert {"cat", "tiger", "Siamese cat"} <= below and "dog" not in below
    # Counted by another way: lines of the file that are no licence.
    text = (words / "data.noun").read_text()
    assert len(nouns.synsets) == len(re.findall(r"^\d{8} ", text, re.MULTILINE))
    with pytest.raises(wordnet.WordNetError, match=r"saw no data\.noun"):
        wordnet.read(tmp_path)
    shutil.copy(words / "index.sense", tmp_path)
    (tmp_path / "data.noun").write_text("  licence\n00001740 03 n zz entity\n")
    with pytest.raises(wordnet.WordNetError, match="line 2"):
        wordnet.read(tmp_path)


def test_items_are_balanced_over_ten_categories(nouns: wordnet.Nouns):
    found = list(taxonomy.items(nouns, 8406))
    assert len({i.uri for i in found}) == len(found) >= 8406
    assert [*dict.fromkeys(i.category for i in found)] == [*vocabulary.CATEGORIES]
    assert len(vocabulary.CATEGORIES) == 10
    few = taxonomy.balanced(found, 1000)
    assert set(Counter(i.category for i in few).values()) == {100}
    many = Counter(i.category for i in taxonomy.balanced(found, 8406))
    assert many.total() == 8406 and max(many.values()) - min(many.values()) <= 1
    once = list(taxonomy.items(nouns, 200))
    assert set(once) <= set(found), "what a noun's first take is does not depend on the number"


def test_the_vocabulary_is_of_wordnet_and_every_noun_stands_once(nouns: wordnet.Nouns):
    found = list(taxonomy.items(nouns, 1))
    assert {n: c for n, c in Counter(i.name for i in found).items() if c > 1} == {}
    plain = [i for i in found if not i.place and i.category in wordnet_categories.OF_WORDNET]
    # The rest are compounds that WordNet does not list ("ginger cat", "street fair").
    assert sum(bool(i.synset) for i in plain) >= 0.85 * len(plain)
    for item in plain:  # the sense that is meant, by the file that WordNet has it in
        of_file = {0, *([nouns.synsets[item.synset].lexical_file] if item.synset else ())}
        assert of_file <= {0, item.group.lexical_file}, item.name


def test_whatever_a_group_names_is_of_it():
    views, lights = vocabulary.photography().views, vocabulary.photography().lights
    for key, group in vocabulary.groups().items():
        assert group.view in views and {s.light for s in group.settings} <= set(lights), key
        assert group.items or group.carried, key
        for attribute, names in group.not_attributes.items():
            assert attribute in group.attributes, key
            assert set(names) <= {*group.items, *group.carried}, key
        assert all(group.attributes_of(n) for n in (*group.items, *group.carried)), key
        used = {vocabulary.texts(*key, c, p)[0] for c, p in vocabulary.carried(*key)}
        assert bool(used) is bool(group.carried), key
        for text, other in group.actions:
            assert other and text.count("{it}") == 1, (key, text)
        said = " ".join(f"{s.where} {s.detail}" for s in group.settings).lower()
        nouns = {w for o in group.others for w in (o.split(" of ")[0].split()[-1], o.split()[-1])}
        twice = [n for n in nouns if re.search(rf"\b{n}s?\b", said)]
        assert twice == [], f"{key}: a setting has what stands beside its things: {twice}"
        twice = [a for a in group.attributes if re.search(rf"\b{a}\b", said)]
        assert twice == [], f"{key}: a setting is what its things may be: {twice}"
        assert not [s for s in group.settings if re.search(r"\bits?\b", s.detail)], key


PLAN = Points(
    3, "red", "wet", "next to", "iron gate", "{it} is watching {with}", "candle", "No entry"
)
HELD = (
    "Three wet red foxes sit next to an iron gate at dusk while one of them turns away, and one "
    'fox is watching a candle on the step; above it a small plate says "No entry" in plain white '
    "letters."
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("", ""), ""),
        (("Three", "Four"), "prompt_count"),
        (("Three wet", "Wet"), "prompt_count"),
        (("red foxes", "foxes"), "prompt_color"),
        (("wet red", "red"), "prompt_attribute"),
        (("next to an iron gate", "behind an iron gate"), "prompt_spatial"),
        (("iron gate", "clay pot"), "prompt_spatial"),
        (("watching a candle", "watching a lamp"), "prompt_interaction"),
        (("No entry", "No Entry"), "prompt_text"),
        (("foxes", "dogs"), "prompt_count"),
        (("small plate", "painting of a plate"), "prompt_no_photograph"),
        (("Three wet", "A pencil sketch showing three wet"), "prompt_no_photograph"),
        (("at dusk", "as a digital painting"), "prompt_no_photograph"),
        (
            (
                "and one fox is watching a candle",
                "and as one fox looks on a dog is watching a candle",
            ),
            "prompt_interaction",
        ),
        ((" at dusk", " at dusk" * 18), "prompt_length"),
    ],
)
def test_a_prompt_is_read_against_its_key_points(change: tuple[str, str], reason: str):
    found = prompt_key_points.check(HELD.replace(*change) if change[0] else HELD, "fox", PLAN)
    assert (found.reason if found else "") == reason


def test_every_prompt_of_the_grammar_holds_and_its_rubrics_ask_for_it(nouns: wordnet.Nouns):
    prompts: list[str] = []
    for item in taxonomy.balanced(list(taxonomy.items(nouns, 4000)), 4000):
        rng = generator("lens_rl", "test", 1, item.uri)
        points = key_points.drawn(item, rng)
        assert 1 <= len(set(points.kinds) - {"text"}) <= 4
        prompt = grammar.written(item, points, rng)
        prompts.append(prompt)
        assert prompt_key_points.check(prompt, item.name, points) is None, prompt
        asked = rubrics.of_points(item, points)
        assert asked[-1] == GLOBAL and len(asked) <= 11
        assert len({r.name for r in asked}) == len(asked) == len(rubrics.distinct(asked))
        text = " ".join(r.check for r in asked)
        for said in (points.color, points.attribute, points.relation, points.other, points.text):
            assert said in text
        assert points.number == 1 or f"Exactly {NUMBERS[points.number]} " in text
    assert len(set(prompts)) == len(prompts)
    varied: Any = diversity.figures(prompts)
    # What the grammar before this one had: 1.0 of one opening, 0.42 of one sentence.
    assert varied["largest_opening_share"] < 0.05 and varied["largest_sentence_share"] < 0.05
    assert varied["largest_shape_share"] < 0.1 and varied["shapes"] > 1000


def test_a_plan_of_another_prompt_is_not_held(nouns: wordnet.Nouns):
    """What is read back is this prompt's: no prompt holds the key points of its neighbour."""
    found = taxonomy.balanced(list(taxonomy.items(nouns, 600)), 600)
    drawn = [(i, key_points.drawn(i, generator("lens_rl", "test", 1, i.uri))) for i in found]
    for (item, points), (_, other) in itertools.pairwise(drawn):
        prompt = grammar.written(item, points, generator("lens_rl", "words", 1, item.uri))
        if any(a != b for a, b in zip(other, points, strict=True) if b not in ("", 1)) and any(
            b not in ("", 1) and a != b for a, b in zip(points, other, strict=True)
        ):
            assert prompt_key_points.check(prompt, item.name, other) is not None, (prompt, other)


def test_diversity_counts_what_repeats():
    same = ["A red car stands here. It is fast."] * 4
    found: Any = diversity.figures(same)
    assert found["openings"] == 1 and found["largest_sentence_share"] == 1.0
    assert found["largest_shape_share"] == 0.5 and found["shapes"] == 2
    other: Any = diversity.figures(
        [*same[:2], "Two dogs wait by a gate.", "Under a tree sits a cat."]
    )
    assert other["largest_opening_share"] == 0.5 and other["shapes"] == 4
    assert other["distinct_2"] > found["distinct_2"] and diversity.figures([]) == {}
    assert diversity.shape("Two red dogs wait by a big iron gate.") == "two _ by a _"


def test_rubrics_that_ask_the_same_are_one():
    a = Rubric("Object Count Consistency (fox)", "Exactly three foxes can be seen in the picture.")
    again = Rubric("Count (foxes)", "There are exactly three foxes to be seen.")
    other = Rubric("Count", "Exactly four foxes can be seen in the picture.")
    left = Rubric("Place", "The fox is to the left of the gate.")
    right = Rubric("Place (gate)", "The fox is to the right of the gate.")
    assert rubrics.distinct([a, again, other, left, right]) == [a, other, left, right]


def test_a_build_holds_its_counts_and_is_the_same_again(words: Path, tmp_path: Path):
    made = build(words, tmp_path / "a")
    kept = lines(tmp_path / "a")
    assert len(kept) == 200 and made.is_done(["000"])
    assert Counter(p["category"] for p in kept) == dict.fromkeys(vocabulary.CATEGORIES, 20)
    one = manifest.load(tmp_path / "a", "lens_rl")
    assert manifest.verify(tmp_path / "a", one) == []
    assert one.counts["scene"]["rejected"] == one.rejections["scene"]["beyond_share"]
    folder = manifest.folder(tmp_path / "a", "lens_rl", one.plan)
    balance = json.loads((folder / "balance.json").read_text())
    assert balance["diversity"] == diversity.figures([p["prompt"] for p in kept])
    build(words, tmp_path / "b")
    assert manifest.load(tmp_path / "b", "lens_rl") == one
    (shard,) = one.shards
    for key, files in webdataset.read_shard(tmp_path / "a" / shard.name):
        body = samples.read(files["json"])
        p: Any = body.spec.parameters
        found = prompt_key_points.check(body.tasks[0].text, p["item"], Points(**p["points"]))
        assert found is None and key == body.spec.key

    tests = tmp_path / "bench"
    tests.mkdir()
    (tests / "prompts.txt").write_text(kept[7]["prompt"].upper() + "\n")
    build(words, tmp_path / "b", recipe={"against": [str(tests)]})
    assert {p["key"] for p in kept} - {p["key"] for p in lines(tmp_path / "b")} == {kept[7]["key"]}
    build(words, tmp_path / "c", recipe={"seed": "mine"})
    drawn = lines(tmp_path / "c")
    assert {p["key"] for p in drawn}.isdisjoint(p["key"] for p in kept)
    assert delete(lens_rl.CORPUS, tmp_path / "c", Selection("key", drawn[0]["key"])).samples == 1
    done = delete(lens_rl.CORPUS, tmp_path / "b", Selection("key", kept[3]["key"]))
    assert done.samples == 1 and kept[3]["key"] not in {p["key"] for p in lines(tmp_path / "b")}


def test_text_without_pictures_can_be_looked_at_and_no_picture_is_exported(
    words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    old, new = (
        build(words, tmp_path, recipe={"prompts": n}) and manifest.load(tmp_path, "lens_rl").plan
        for n in (10, 20)
    )
    kept, store, page = lines(tmp_path), ["--out", str(tmp_path)], tmp_path / "page.html"
    for looked in (["sample", "lens_rl"], ["diff", "lens_rl", old, new]):
        assert main([*looked, *store, "--html", str(page)]) == 0
        assert html.escape(kept[-1]["prompt"]) in page.read_text()
    to = tmp_path / "to"
    for name in FORMATS:
        capsys.readouterr()
        assert main(["export", "lens_rl", *store, "--format", name, "--to", str(to)]) in (2, 3)
        said = capsys.readouterr().err
        assert "expected a corpus with pictures" in said or "nothing was written" in said
        assert not to.exists(), name


def test_a_model_s_prompts_and_rubrics_are_read_back(
    words: Path, nouns: wordnet.Nouns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    of_all = list(taxonomy.items(nouns, 1))

    def five(asked: dict[str, Any]) -> dict[str, str]:
        """Prompts as a model writes them: the third is right, unless the item has a colour."""
        points = Points(**{k: v for k, v in asked.items() if k in Points._fields})
        item = next(i for i in of_all if (i.category, i.name) == (asked["category"], asked["item"]))
        right = grammar.written(item, points, generator("x", "y", 1, asked["item"]))
        wrong = "A photograph of something else entirely, " + "with more and more words " * 6
        third = wrong if points.color else right
        return {f"prompt-{n}": third if n == 3 else wrong for n in range(1, 6)}

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        asked = json.loads(scripted_answers.text_of(body))
        if "prompt" not in asked:
            return five(asked)
        again, words_ = asked["known"][0], asked["prompt"].split('"')[0].split()
        new = ("Viewpoint", f"The view shows the {max(words_, key=len).strip('.,')} sharply.")
        said = [("Again", again[1]), new, ("Unasked", "Zebras quietly juggle turnips.")]
        return {"rubrics": [{"name": n, "check": c} for n, c in said]}

    with scripted_answers.serve(answer) as (url, asked):
        file = tmp_path / "model.json"
        file.write_text(json.dumps({"base_url": url, "model": "writer"}))
        build(words, tmp_path / "store", model=str(file), recipe={"prompts": 40})
        calls = asked.total()
        build(words, tmp_path / "store", model=str(file), recipe={"prompts": 40})
        assert asked.total() == calls
    kept = lines(tmp_path / "store")
    assert kept and all("color" not in p["key_points"] for p in kept)
    made = manifest.load(tmp_path / "store", "lens_rl")
    wrong = {r: n for r, n in made.rejections["scene"].items() if r.startswith("prompt_")}
    assert sum(wrong.values()) == 40 - len(kept) > 0
    for p in kept:
        names = [n for n, _ in p["rubrics"]]
        assert names[-1] == GLOBAL.name and "Again" not in names and "Unasked" not in names
        assert "Viewpoint" in names


def test_a_judge_s_verdicts_become_a_reward_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    asked_for = [
        Rubric("a", "It is green."),
        Rubric("b", "It is round."),
        Rubric("c", "It is loud."),
    ]
    verdicts: dict[str, Any] = {"It is green.": 1, "It is round.": 0, "It is loud.": 1}
    images = [png(texture(1, (32, 32))), png(texture(2, (32, 32)))]

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        return {"verdict": verdicts[scripted_answers.text_of(body)]}

    with scripted_answers.serve(answer) as (url, asked):
        endpoint = Endpoint(url, "judge")
        ledger = Ledger(f"sqlite:///{tmp_path / 'models.db'}")
        judge = Judge(Client(endpoint, ledger, Budget("judge")))
        twice = [["a", "It is green."], ["a", "It is round."]]
        assert judge([(images[0], twice)])[0].verdicts == (1, 0), "two of one name"
        rewards = judge(
            [(images[0], asked_for), (images[1], asked_for[:1]), (images[0], asked_for)]
        )
        assert [r.value for r in rewards] == [pytest.approx(2 / 3), 1.0, pytest.approx(2 / 3)]
        assert asked.total() == 4, "a picture is asked about once"
        verdicts["It is round."] = 7
        (late,) = judge([(images[1], asked_for)])
        assert late.value is None and late.verdicts == (1, None, 1)
    assert aggregated([]) is None and aggregated([1, None]) is None and aggregated([1, 0]) == 0.5
