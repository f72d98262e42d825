"""Tables as they are read from files: every column of every row, or a reason."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.renderers.apps import tabular_files

TWICE = Path(__file__).parents[2] / "fixtures/faults/tables/twice.csv"


def test_two_columns_of_one_name_are_both_there():
    found = tabular_files.read("twice.CSV", TWICE.read_bytes())
    assert found.columns == ("Name", "Total", "Side", "Total 2")
    assert found.rows[0] == ("Jan Vogel", "12", "left", "120")


@given(st.lists(st.sampled_from(("a", "b", "b 2", "c")), min_size=3, max_size=7))
def test_no_value_is_lost_whatever_columns_are_called(names: list[str]):
    sink = io.StringIO()
    rows = [[f"{r}.{c}" for c in range(len(names))] for r in range(6)]
    csv.writer(sink).writerows([names, *rows])
    found = tabular_files.read("t.csv", sink.getvalue().encode())
    assert len(set(found.columns)) == len(names)
    assert [list(r) for r in found.rows] == rows


def test_a_row_with_more_values_than_columns_is_no_table():
    text = "a,b,c\n" + "1,2,3\n" * 6 + "1,2,3,4\n"
    with pytest.raises(tabular_files.NotTabular, match="row 7 has 4 values for 3 columns"):
        tabular_files.read("t.csv", text.encode())
