"""Words of a model enter a shard only after they were read back blind, and are paid for once."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpuswright.annotators.actions.regions import contains
from corpuswright.annotators.llm import client, model_file
from corpuswright.annotators.llm.client import CassetteMiss
from corpuswright.annotators.llm.ledger import Ledger
from corpuswright.annotators.rewriting import rewording
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.synthesis import deletion, estimate
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.quality.execution import perform
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.loaders.loader import Loader, examples
from corpuswright.storage.records import Task
from corpuswright.storage.releases import manifest
from tests.assets.grounding.test_composed import build, bytes_of, data, samples_of
from tests.assets.synthesis.test_deletion import traces
from tests.fixtures import builds
from tests.fixtures.made_once import made_once
from tests.fixtures.model_that_errs import Talker, serve
from tests.fixtures.small_corpora import CORPORA

pytestmark = pytest.mark.browser
__all__ = ["data"]
SECRET = "sk-very-secret-51e2"
CANVAS = CORPORA["grounding_canvas"]


@pytest.fixture
def talker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Talker]:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with serve() as talking:
        yield talking


@pytest.fixture
def store(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """A copy of the store with one build of the canvas corpus, without words."""
    made = made_once(tmp_path_factory, CANVAS.name, lambda folder: build(CANVAS, folder, data))
    return Path(shutil.copytree(made, tmp_path / "store"))


def model(folder: Path, url: str, **more: Any) -> str:
    path = folder / "model.json"
    path.write_text(json.dumps({"base_url": url, "model": "talker-1", **more}))
    return str(path)


def finish(store: Path, file: str, mode: Any = "live") -> SynthesisBuild:
    return builds.made(
        CANVAS, BuildOptions(out=str(store), workers=1, model=file, replay=mode == "replay"), str
    )


def tasks_of(store: Path) -> list[Task]:
    loader = Loader(store, manifest.load(store, CANVAS.name), seed=None)
    return [e.task for record in loader.records() for e in examples(record)]


def test_only_words_that_were_read_back_enter(store: Path, tmp_path: Path, talker: Talker):
    before = tasks_of(store)
    finish(store, model(tmp_path, talker.url))
    after = tasks_of(store)
    own = [t for t in after if t.origin.annotator == "wording"]
    assert [t for t in after if t.origin.annotator != "wording"] == before
    right = talker.planted[""]
    styles = Counter(t.style for t in own)
    # first_person may be the grammar's own style: only the model's are counted here.
    assert styles == {"direct": right, "first_person": len(before), "vague": len(before)}
    assert len(talker.planted) >= 5, talker.planted
    for task in own:
        (of,) = [t for t in before if t.actions == task.actions and t.elements == task.elements]
        assert (task.targets, task.expected) == (of.targets, of.expected)
        assert (task.origin.model, task.origin.prompt_sha256) == (
            "talker-1",
            rewording.WORDING.sha256,
        )
    made = manifest.load(store, CANVAS.name)
    seen = made.rejections["task"]
    expected = {
        "has_another_number": "number",
        "quotes_another_text": "quote",
        "names_an_id": "id",
        "not_one_paragraph": "two_paragraphs",
    }
    for reason, fault in expected.items():
        assert seen.get(reason, 0) == talker.planted[fault], (reason, seen)
    silent = talker.planted["ambiguous"] + talker.planted["silent"]
    assert seen.get("reader_finds_nothing", 0) == silent
    elsewhere = {"read_as_another_place", "reading_names_nothing"}
    assert sum(n for r, n in seen.items() if r in elsewhere) == talker.planted["other_task"]
    loader = Loader(store, made, seed=None)
    thoughts = [
        a
        for record in loader.records()
        for a in json.loads(record.files["json"])["annotations"]
        if a["kind"] == "thought"
    ]
    assert len(thoughts) == len(before)
    out = tmp_path / "phi"
    out.mkdir()
    loader = Loader(store, made, seed=None)
    FORMATS["phi_ground"]([e for record in loader.records() for e in examples(record)], out)
    for line in (out / "train.jsonl").read_text().splitlines():
        response = json.loads(line)["response"]
        assert response.startswith("I look at the screen") and "```python\n" in response


def test_tasks_of_a_model_enter_if_they_do_what_they_say_and_are_understood(
    store: Path, tmp_path: Path, talker: Talker
):
    plain = Path(shutil.copytree(store, tmp_path / "plain"))
    before = tasks_of(store)
    file = model(tmp_path, talker.url, styles=[], invent=4)
    finish(store, file)
    own = [t for t in tasks_of(store) if t.origin.annotator == "inventing"]
    made = manifest.load(store, CANVAS.name)
    assert len(own) == made.counts["scene"]["kept"] == talker.invented
    assert [t for t in tasks_of(store) if t.origin.annotator == "grammar"] == before
    seen = made.rejections["task"]
    for reason in ("side_effect", "read_as_another_end", "names_nothing"):
        assert seen[reason] == talker.invented, seen
    loader = Loader(store, made, seed=None)
    for record in loader.records():
        (example,) = [e for e in examples(record) if e.task.origin.annotator == "inventing"]
        (action,) = example.task.actions
        assert set(example.task.expected["holds"]) <= {"touched", "selected"}  # type: ignore[arg-type]
        assert f"{example.task.key[-2:]}.after.png" in record.files
        assert contains(example.task.targets[0].accept, action.points[0])
    # Performed once more, by whoever reads the shard: what must hold holds.
    for sample in samples_of(CANVAS, store):
        again = perform.execute(GuiRenderer({}), sample)
        assert set(again.verdicts.values()) == {None}, again.verdicts
    whole = bytes_of(CANVAS, store)
    calls = talker.calls
    finish(store, file)
    assert talker.calls == calls and bytes_of(CANVAS, store) == whole
    for ledger in store.glob(f"{model_file.LEDGER}*"):
        shutil.copy(ledger, plain)
    finish(plain, model(tmp_path, "http://127.0.0.1:9/v1", styles=[], invent=4), "replay")
    assert bytes_of(CANVAS, plain) == whole
    deletion.delete(CANVAS, store, Selection("key", own[0].key[:-3]))
    assert traces(store, [own[0].key[:-3]]) == []


def test_answers_are_paid_for_once_and_replay_makes_the_same_bytes(
    store: Path, tmp_path: Path, talker: Talker
):
    plain = Path(shutil.copytree(store, tmp_path / "plain"))
    file = model(tmp_path, talker.url)
    made = finish(store, file)
    calls, whole = talker.calls, bytes_of(CANVAS, store)
    assert made.is_done(["000"])
    finish(store, file)
    assert talker.calls == calls and bytes_of(CANVAS, store) == whole
    # Elsewhere, from the answers on record alone; the endpoint's address is no part of the plan.
    nowhere = model(tmp_path, "http://127.0.0.1:9/v1")
    with pytest.raises(CassetteMiss):
        finish(plain, nowhere, "replay")
    for file_of_ledger in store.glob(f"{model_file.LEDGER}*"):
        shutil.copy(file_of_ledger, plain)
    finish(plain, nowhere, "replay")
    assert bytes_of(CANVAS, plain) == whole
    # The key is in no file, whatever the server was told.
    assert talker.authorised == {f"Bearer {SECRET}"}
    assert traces(store, [SECRET]) == []


def test_a_spent_budget_stops_the_build_and_the_next_one_goes_on(
    store: Path, tmp_path: Path, talker: Talker
):
    few = model(tmp_path, talker.url, budget={"calls": 5})
    with pytest.raises(model_file.ModelError, match="the budget is spent"):
        finish(store, few)
    assert talker.calls == 5
    finish(store, model(tmp_path, talker.url))
    spent = Ledger(f"sqlite:///{store / model_file.LEDGER}").spent(CANVAS.name)
    assert spent.calls == talker.calls and spent.tokens == 1000 * talker.calls
    asked = sum(talker.planted.values())
    refused = sum(talker.planted[f] for f in ("number", "quote", "id", "two_paragraphs"))
    assert talker.calls == asked + len(talker.sentences) - refused, "each text was read once"


def test_an_estimate_goes_by_what_was_measured_and_the_pilot_is_not_paid_for_again(
    store: Path, tmp_path: Path, talker: Talker
):
    file = model(tmp_path, talker.url, price_in=10.0, price_out=100.0)
    asking = builds.opened(CANVAS, BuildOptions(out=str(store), model=file), str)
    made = manifest.load(store, CANVAS.name)
    kept, tasks = (made.counts[unit]["kept"] for unit in ("scene", "task"))
    seen = estimate.estimate(asking, "000", 50 * kept)
    assert seen.tasks == 50 * tasks and seen.calls == pytest.approx(50 * talker.calls)
    assert seen.tokens == pytest.approx(1000 * 50 * talker.calls)
    # 900 tokens in at 10 and 100 out at 100 a million.
    assert seen.cost == pytest.approx(50 * talker.calls * (0.009 + 0.01))
    assert seen.shard_bytes == 50 * sum(s.bytes for s in made.shards)
    assert seen.hours is not None and seen.hours > 0
    calls = talker.calls
    finish(store, file)
    assert talker.calls == calls
    own = [t for t in tasks_of(store) if t.origin.annotator == "wording"]
    assert seen.words_kept == pytest.approx(len(own) / (3 * tasks))
    none = estimate.estimate(builds.opened(CANVAS, BuildOptions(out=str(store)), str), "000", kept)
    assert none.calls is None and none.cost is None


def test_an_estimate_counts_what_a_model_is_to_make_up(store: Path, tmp_path: Path, talker: Talker):
    kept = manifest.load(store, CANVAS.name).counts["scene"]["kept"]
    file = model(tmp_path, talker.url, invent=4)
    seen = estimate.estimate(
        builds.opened(CANVAS, BuildOptions(out=str(store), model=file), str), "000", 50 * kept
    )
    assert talker.invented == kept and seen.calls == pytest.approx(50 * talker.calls)


def test_a_deleted_sample_leaves_no_words_behind(store: Path, tmp_path: Path, talker: Talker):
    finish(store, model(tmp_path, talker.url))
    own = [t for t in tasks_of(store) if t.origin.annotator == "wording"]
    key = own[0].key[:-3]
    # Words that only this sample has: its sentences name its own shapes.
    there = [t.text for t in own if t.key[:-3] != key]
    words = [t.text for t in own if t.key[:-3] == key and t.text not in there]
    assert traces(store, [words[0]])
    deletion.delete(CANVAS, store, Selection("key", key))
    assert traces(store, [key, *words]) == []
    assert tasks_of(store), "the others stay"


def test_an_endpoint_where_nobody_answers_stops_the_build_at_once_and_costs_nothing(
    store: Path, tmp_path: Path
):
    with pytest.raises(client.EndpointError, match=r"http://127.0.0.1:9/v1: nobody answers there"):
        finish(store, model(tmp_path, "http://127.0.0.1:9/v1"))
    spent = Ledger(f"sqlite:///{store / model_file.LEDGER}").spent(CANVAS.name)
    assert spent.calls > 0 and (spent.tokens, spent.cost) == (0, 0.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "model.json"),
        ("base_url = 'x'", "at line 1, column 1 it is no JSON"),
        ("[]", 'expected JSON such as {"base_url"'),
        ('{"model": "m", "timeout_s": "sk-12345"}', "base_url: Field required"),
        ('{"base_url": "http://x/v1", "model": "m", "timeout_s": "sk-12345"}', "timeout_s: Input"),
        ('{"base_url": "http://x/v1", "model": "m", "api_key": "k"}', "unknown ['api_key']"),
        ('{"base_url": "http://x/v1", "model": "m", "styles": ["rude"]}', "unknown ['rude']"),
        ('{"base_url": "http://x/v1", "model": "m", "budget": {"tokens": -1}}', "tokens"),
    ],
)
def test_a_model_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str, says: str):
    file = tmp_path / "model.json"
    file.write_text(text)
    with pytest.raises(model_file.ModelError) as caught:
        model_file.load(file)
    assert says in str(caught.value)
    assert "sk-12345" not in str(caught.value)
