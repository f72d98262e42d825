"""What a stage is and what it writes: one row a unit.

Apart from `storage.build_state.feature_tables` so that a worker process loads none of what keeps
the tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as the tables know it.

    Attributes:
        name: Last part of the feature key, e.g. `scene`.
        fields: Version of the code behind each field it writes, bumped by hand when output changes.
        needs: For each earlier stage it reads, the fields it reads.
    """

    name: str
    fields: Mapping[str, int]
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


class StageRow(NamedTuple):
    """One unit's result in one stage.

    `versions` gives the content hash of each field; `reason` is empty when the unit was kept;
    `body` is JSON.
    """

    key: str
    versions: Mapping[str, str]
    body: str
    reason: str = ""
    value: str = ""
