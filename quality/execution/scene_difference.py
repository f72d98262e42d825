"""What differs in two measurements of one page: the first thing, for a person to look at."""

from __future__ import annotations

from typing import Any

from corpuswright.quality.execution import postconditions
from corpuswright.storage.records import Scene, to_dict


def first(recorded: Scene, again: Scene) -> str:
    """Return the first difference of two scenes, element by element; empty where there is none.

    How names were found to be readable is no measurement: it is not compared.
    """
    if len(recorded.elements) != len(again.elements):
        return f"{len(recorded.elements)} elements, then {len(again.elements)}"
    for was, now in zip(recorded.elements, again.elements, strict=True):
        if was != now and (said := _said(_plain(was), _plain(now))):
            return f"{was.id}, {was.role} {was.name[:40]!r}: {said}"
    bare = ({**to_dict(s), "elements": ()} for s in (recorded, again))
    return _said(*bare)


def _plain(element: object) -> dict[str, Any]:
    plain = to_dict(element)
    plain["attributes"].pop("named_by", None)
    return plain


def _said(was: Any, now: Any) -> str:
    for path, old, new in postconditions.diff(was, now):
        return f"{path} {old!r:.60}, then {new!r:.60}"
    return ""
