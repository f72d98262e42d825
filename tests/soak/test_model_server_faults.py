"""A thousand rows asked of a model server that does everything wrong that one can."""

from __future__ import annotations

from pathlib import Path

from tests.annotators.llm.test_client import answered_once_each, quick  # noqa: F401 (a fixture)


def test_a_thousand_rows_are_answered_once_each(tmp_path: Path):
    answered_once_each(tmp_path, 1000)
