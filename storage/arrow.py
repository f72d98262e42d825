"""Arrow schemas of the records, and tables to and from them.

A schema is read off the dataclass itself, so that the two cannot drift apart. Free-form mappings
(`parameters`, `state`, …) are strings of canonical JSON: their shape belongs to one renderer and
must not decide a table's schema.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import pyarrow as pa

from corpuswright.storage import records

T = TypeVar("T")
Row = dict[str, Any]  # of a table, by column

_PLAIN = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


@functools.cache
def schema_of(kind: type[Any]) -> pa.Schema:
    """Return the Arrow schema of a record type; optional fields are nullable, others are not."""
    return pa.schema(_fields(kind))


def table_of(kind: type[T], rows: Iterable[T]) -> pa.Table:
    """Return `rows` as one Arrow table with the schema of `kind`."""
    schema = schema_of(kind)
    hints = typing.get_type_hints(kind)
    plain = [_lower(records.to_dict(row), hints) for row in rows]
    return pa.Table.from_pylist(plain, schema=schema)


def records_of(kind: type[T], table: pa.Table | pa.RecordBatch) -> list[T]:
    """Return the rows of `table` as records of `kind`; raises RecordError on a row that is none."""
    hints = typing.get_type_hints(kind)
    return [records.from_dict(kind, _raise(row, hints)) for row in table.to_pylist()]


def _fields(kind: type[Any]) -> list[pa.Field]:
    hints = typing.get_type_hints(kind)
    return [_field(f.name, hints[f.name]) for f in dataclasses.fields(kind)]


def _field(name: str, hint: Any) -> pa.Field:
    if typing.get_origin(hint) is types.UnionType:
        (inner,) = [a for a in typing.get_args(hint) if a is not type(None)]
        return pa.field(name, _type(inner), nullable=True)
    return pa.field(name, _type(hint), nullable=False)


def _type(hint: Any) -> pa.DataType:
    if hint in _PLAIN:
        return _PLAIN[hint]
    if dataclasses.is_dataclass(hint):
        return pa.struct(_fields(typing.cast("type[Any]", hint)))
    if typing.get_origin(hint) is tuple:
        args = typing.get_args(hint)
        if args[-1] is Ellipsis:
            return pa.list_(_field("item", args[0]))
        return pa.list_(_field("item", args[0]), len(args))
    if typing.get_origin(hint) is Mapping:
        return pa.string()
    raise TypeError(f"no Arrow type is defined for {hint!r}; use one of the types in records.py")


def _lower(value: Any, hints: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _lower_one(value[name], hint) for name, hint in hints.items()}


def _lower_one(value: Any, hint: Any) -> Any:
    if value is None:
        return None
    if typing.get_origin(hint) is types.UnionType:
        (hint,) = [a for a in typing.get_args(hint) if a is not type(None)]
    if typing.get_origin(hint) is Mapping:
        return records.canonical(value)
    if dataclasses.is_dataclass(hint):
        return _lower(value, typing.get_type_hints(hint))
    if typing.get_origin(hint) is tuple and _needs_lowering(hint):
        return [_lower_one(v, typing.get_args(hint)[0]) for v in value]
    return value


def _raise(value: Any, hints: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _raise_one(value[name], hint) for name, hint in hints.items()}


def _raise_one(value: Any, hint: Any) -> Any:
    if value is None:
        return None
    if typing.get_origin(hint) is types.UnionType:
        (hint,) = [a for a in typing.get_args(hint) if a is not type(None)]
    if typing.get_origin(hint) is Mapping:
        return json.loads(value)
    if dataclasses.is_dataclass(hint):
        return _raise(value, typing.get_type_hints(hint))
    if typing.get_origin(hint) is tuple and _needs_lowering(hint):
        return [_raise_one(v, typing.get_args(hint)[0]) for v in value]
    return value


def _needs_lowering(hint: Any) -> bool:
    return dataclasses.is_dataclass(typing.get_args(hint)[0])
