"""Whether an element is on, by the names that ARIA has for it."""

from __future__ import annotations

from corpuswright.storage.records import Json

_STATES = ("checked", "selected", "pressed", "expanded", "current")


def is_on(state: Json) -> bool | None:
    """Say whether a state is on; None for one that has none of the kind, or is mixed."""
    said = [str(state[n]).lower() for n in _STATES if n in state]
    if not said or "mixed" in said:
        return None
    return any(s not in ("false", "") for s in said)
