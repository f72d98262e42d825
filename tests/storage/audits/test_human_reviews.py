"""Reviews by people: whose verdicts count, for how long, and the error that follows."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from corpuswright.storage.audits import human_reviews
from corpuswright.storage.audits.human_reviews import ReviewVerdict
from corpuswright.storage.records import Release
from tests.fixtures.small_samples import HEIGHT, WIDTH, toy_release


def png(grey: int) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (grey, grey, grey)).save(sink, "PNG")
    return sink.getvalue()


def judge(store: Path, made: Release, tasks: list[str], *reasons: str) -> None:
    for task, reason in zip(tasks, reasons, strict=False):
        seen = human_reviews.content(human_reviews.example(store, made, task))
        human_reviews.give(store, made.corpus, ReviewVerdict(task, seen, reason))


def test_the_sample_is_the_beginning_of_a_larger_one_and_of_no_order_known_before(tmp_path: Path):
    made = toy_release(tmp_path, 60)
    few, many = human_reviews.sample(tmp_path, made, 10), human_reviews.sample(tmp_path, made, 60)
    assert many[:10] == few and len(set(many)) == 60
    assert many != sorted(many)


def test_the_error_counts_up_to_the_first_task_without_a_verdict(tmp_path: Path):
    made = toy_release(tmp_path, 30)
    tasks = human_reviews.sample(tmp_path, made, 20)
    assert human_reviews.audit(tmp_path, made) is None
    judge(tmp_path, made, tasks, "", "wrong_place", "", "")
    judge(tmp_path, made, tasks[10:], "other")  # past a gap: whoever skips must not gain by it
    audit = human_reviews.audit(tmp_path, made)
    assert audit is not None
    assert (audit.reviewed, audit.rejected, audit.reasons) == (4, 1, {"wrong_place": 1})
    judge(tmp_path, made, tasks[1:], "")  # the newer verdict stands
    audit = human_reviews.audit(tmp_path, made)
    assert audit is not None and audit.rejected == 0


def test_the_interval_is_the_exact_one(tmp_path: Path):
    made = toy_release(tmp_path, 90)
    tasks = human_reviews.sample(tmp_path, made, 50)
    judge(tmp_path, made, tasks, *[""] * 50)
    audit = human_reviews.audit(tmp_path, made)
    assert audit is not None and audit.reviewed == 50
    # With no error seen the upper bound has a closed form: (1 - p)^50 = 0.025
    assert audit.low == 0 and audit.high == pytest.approx(1 - 0.025 ** (1 / 50), abs=1e-9)
    assert "0.0% to 7.1%" in str(audit)


def test_a_verdict_stays_until_what_it_was_given_on_changes(tmp_path: Path):
    made = toy_release(tmp_path, 12, png=png(10))
    tasks = human_reviews.sample(tmp_path, made, 5)
    judge(tmp_path, made, tasks, *[""] * 5)
    assert human_reviews.pending(tmp_path, made, tasks) == []
    repainted = toy_release(tmp_path, 12, png=png(11))
    assert human_reviews.pending(tmp_path, repainted, tasks) == tasks
    assert human_reviews.audit(tmp_path, repainted) is None


def test_forgotten_tasks_leave_no_verdict(tmp_path: Path):
    made = toy_release(tmp_path, 12)
    tasks = human_reviews.sample(tmp_path, made, 3)
    judge(tmp_path, made, tasks, "", "other", "")
    human_reviews.forget(tmp_path, "toy", lambda task: task == tasks[1])
    assert set(human_reviews.load(tmp_path, "toy")) == {tasks[0], tasks[2]}
    assert tasks[1] not in (tmp_path / "toy" / "reviews.jsonl").read_text()
