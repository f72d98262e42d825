"""What must hold of an application's state after a task, and that nothing else has changed.

A Task's `expected` has `holds`, a mapping from paths (`values.4.2`) to values, and `may_change`,
paths that are allowed to differ (where the selection goes when a cell is edited). A value
`{"about": v, "within": d}` holds for numbers, or lists of them, up to d. Whatever else differs
between before and after is a side effect, and rejects the task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from corpuswright.storage.records import Json, Rejection

EXACT = 1e-6  # numbers that are not `about` anything


def check(expected: Json, before: Json, after: Json) -> Rejection | None:
    """Reject a task after which something expected does not hold, or something else changed."""
    holds: dict[str, Any] = expected["holds"]
    if all(fits(_at(before, p), v) for p, v in holds.items()):
        return Rejection("held_before", ", ".join(holds)[:120])
    for path, value in holds.items():
        seen = _at(after, path)
        if not fits(seen, value):
            return Rejection("does_not_hold", f"{path}: expected {value}, is {seen}"[:200])
    allowed = [*holds, *expected.get("may_change", ())]
    for path, old, new in diff(before, after):
        if not any(path == a or path.startswith(f"{a}.") for a in allowed):
            return Rejection("side_effect", f"{path}: {old} became {new}"[:200])
    return None


def fits(seen: Any, wanted: Any) -> bool:
    """Say whether a value is the one wanted."""
    if isinstance(wanted, dict) and set(wanted) == {"about", "within"}:  # type: ignore[arg-type]
        plain = cast(dict[str, Any], wanted)
        return _near(seen, plain["about"], float(plain["within"]))
    return _near(seen, wanted, EXACT)


def _near(seen: Any, wanted: Any, within: float) -> bool:
    if isinstance(wanted, bool) or isinstance(seen, bool):
        return seen is wanted
    if isinstance(wanted, int | float):
        return isinstance(seen, int | float) and abs(seen - wanted) <= within
    if isinstance(wanted, list):
        return (
            isinstance(seen, list)
            and len(cast(list[Any], seen)) == len(cast(list[Any], wanted))
            and all(
                _near(s, w, within)
                for s, w in zip(cast(list[Any], seen), cast(list[Any], wanted), strict=True)
            )
        )
    return seen == wanted


def diff(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield (path, old, new) for every leaf that differs; lists of other lengths as a whole."""
    inside: Sequence[tuple[str, Any, Any]] | None = None
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        a, b = cast(Mapping[str, Any], before), cast(Mapping[str, Any], after)
        inside = [(k, a.get(k), b.get(k)) for k in sorted({*a, *b})]
    elif isinstance(before, list) and isinstance(after, list):
        c, d = cast(list[Any], before), cast(list[Any], after)
        if len(c) == len(d):
            inside = [(str(i), x, y) for i, (x, y) in enumerate(zip(c, d, strict=True))]
    if inside is not None:
        for name, x, y in inside:
            yield from diff(x, y, f"{path}.{name}" if path else name)
    elif not _near(after, before, EXACT):
        yield path, before, after


def _at(state: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(state, Mapping):
            state = cast(Mapping[str, Any], state).get(part)
        elif isinstance(state, list) and part.isdigit() and int(part) < len(cast(Any, state)):
            state = cast(list[Any], state)[int(part)]
        else:
            return None
    return state
