import dataclasses

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.storage import arrow, keys, records

coordinate = st.floats(-1e6, 1e6, allow_nan=False)
point = st.tuples(coordinate, coordinate)
box = st.tuples(coordinate, coordinate, coordinate, coordinate)
json_map = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.text(max_size=8) | coordinate
)
element = st.builds(
    records.Element,
    id=st.from_regex(r"e[0-9]{1,4}", fullmatch=True),
    role=st.text(max_size=10),
    name=st.text(max_size=10),
    quad=st.tuples(point, point, point, point),
    box=box,
    visible_box=st.none() | box,
    visible_fraction=st.none() | st.floats(0, 1),
    click_point=st.none() | point,
    text=st.text(max_size=10),
    state=json_map,
    attributes=json_map,
    parent=st.none() | st.text(max_size=5),
)
scene = st.builds(
    records.Scene,
    size=st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
    scale=point,
    elements=st.lists(element, max_size=3).map(tuple),
    state=json_map,
)


@given(scene)
def test_json_round_trip_is_exact(value: records.Scene):
    assert records.from_json(records.Scene, records.to_json(value)) == value


@given(st.lists(scene, max_size=3))
def test_arrow_round_trip_is_exact(values: list[records.Scene]):
    assert arrow.records_of(records.Scene, arrow.table_of(records.Scene, values)) == values


def test_canonical_json_refuses_what_json_cannot_hold():
    with pytest.raises(ValueError):
        records.canonical({"x": float("nan")})


def test_wrong_record_names_the_field_and_the_value():
    with pytest.raises(records.RecordError, match=r"Source: sha256.*saw 5"):
        records.from_dict(records.Source, {"uri": "a", "sha256": 5, "licence": "", "author": ""})


def test_all_records_are_frozen_slotted_and_have_a_schema():
    kinds = [v for v in vars(records).values() if dataclasses.is_dataclass(v)]
    assert len(kinds) >= 12
    for kind in kinds:
        assert kind.__dataclass_params__.frozen and hasattr(kind, "__slots__"), kind
        if kind is not records.Render:  # bytes of media never stand in a table
            assert isinstance(arrow.schema_of(kind), pa.Schema)


@given(
    st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    st.text(max_size=50) | st.integers(0, 99_999_999),
    st.integers(0, 9999),
    st.integers(0, 99),
)
def test_keys_parse_back(corpus: str, source: str | int, variant: int, task: int):
    part = source if isinstance(source, int) else keys.source_id(source)
    key = keys.sample_key(corpus, part, variant)
    assert keys.parse(key)[::2] == (corpus, variant)
    assert keys.parse(keys.task_key(key, task)).task == task
    assert "." not in key


@pytest.mark.parametrize(
    "bad", ["", "a-b", "A-000000000000-0000", "a.b-000000000000-0000", "a-000000000000-0000\n"]
)
def test_bad_keys_are_refused(bad: str):
    with pytest.raises(ValueError, match="expected a key"):
        keys.parse(bad)


def test_seeds_are_stable_and_differ_by_every_part():
    base = ("grounding_gui", "scene", 1, "k")
    assert keys.seed(*base) == 13351742111815312001
    others = [
        ("x", "scene", 1, "k"),
        ("grounding_gui", "s", 1, "k"),
        ("grounding_gui", "scene", 2, "k"),
        ("grounding_gui", "scene", 1, "l"),
    ]
    assert len({keys.seed(*base), *(keys.seed(*o) for o in others)}) == 5
