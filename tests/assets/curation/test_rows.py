"""The declared rows of tables and the schemas that their files have are the same."""

from __future__ import annotations

import types
import typing
from typing import Any

import pyarrow as pa
import pytest

from corpuswright.assets.curation import listing
from corpuswright.assets.images import measure as images_measure
from corpuswright.assets.images import rows as image_rows
from corpuswright.assets.subjects import detect
from corpuswright.assets.subjects import rows as subject_rows
from corpuswright.assets.video import cut, measure
from corpuswright.assets.video import rows as video_rows
from corpuswright.storage.inputs import references

KINDS = {str: pa.types.is_string, int: pa.types.is_integer, float: pa.types.is_floating,
         bool: pa.types.is_boolean, bytes: pa.types.is_binary}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "schema"),
    [
        (listing.ReferenceRow, references.SCHEMA),
        (listing.InputRow, pa.schema(listing.INPUT)),
        (image_rows.MeasuredImage, images_measure.SCHEMA),
        (video_rows.WindowColumns, pa.schema(list(measure.WINDOW))),
        (video_rows.VideoRow, measure.SCHEMA),
        (video_rows.KeyedWindow, measure.CLIPS),
        (video_rows.CutRow, cut.CUT),
        (subject_rows.FoundSubjects, detect.SUBJECTS),
    ],
)
def test_a_row_has_the_columns_of_its_table(row: Any, schema: pa.Schema):
    hints = typing.get_type_hints(row)
    assert set(schema.names) - {"key"} <= set(hints) <= set(schema.names)
    for name, hint in hints.items():
        if isinstance(hint, types.UnionType):
            (hint,) = [a for a in typing.get_args(hint) if a is not type(None)]
        kind = schema.field(name).type
        if typing.get_origin(hint) is list:
            assert pa.types.is_list(kind), name
        else:
            assert KINDS[hint](kind), (name, hint, kind)
