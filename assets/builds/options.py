"""What a build is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from corpuswright.storage.records import Json

# A partition is a block of variants of every page or world: a night's new seeds. A hundred blocks
# of two looks is more than a page is worth showing.
PARTITIONS = tuple(f"{i:03d}" for i in range(100))
Engine = Literal["local", "spark"]
# `keep` goes on with what older tools made, `rebuild` makes it again.
Drift = Literal["keep", "rebuild"]


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a build is asked for: options of the command line, and fields of Dagster's run config.

    Attributes:
        out: The store.
        inputs: Where fetched packages are kept.
        source: A folder of pages, a URL or a file of URLs to use instead of the corpus's own sites.
        licence: SPDX identifier of what `source` names.
        author: Whom to attribute for it.
        allow_licence: Licences that may be used; None for all.
        samples: Kept samples wanted in each partition, first in key order; None for all.
        engine: `local` or `spark`.
        workers: Processes; 0 takes one for each core.
        on_tool_drift: `keep` goes on with what an older browser made, `rebuild` makes it again.
        keep_releases: How many of the newest releases stay after a new one; None for all.
        model: A model file (`annotators.llm.model_file`); what a model writes is read back.
        model_mode: `replay` sends nothing to the model: all answers must be on record.
        shards_at: URL where shards of a curated corpus lie (`storage.releases.remote_store`); None
            for where they lie already, in the store if nowhere.
        seed: Draw other scenes; who does not know it cannot make them again.
        recipe: Values that replace the corpus's own.
    """

    out: str = "corpora"
    inputs: str = "inputs"
    source: str | None = None
    licence: str = "unstated"
    author: str = "unstated"
    allow_licence: Sequence[str] | None = None
    samples: int | None = None
    engine: Engine = "local"
    workers: int = 0
    on_tool_drift: Drift = "keep"
    keep_releases: int | None = None
    model: str | None = None
    model_mode: Literal["live", "replay"] = "live"
    shards_at: str | None = None
    seed: str | None = None
    recipe: Json = field(default_factory=dict[str, Any])

    def recipe_over(self, own: Json) -> dict[str, Any]:
        """Return a corpus's recipe with what is replaced in it."""
        return {**own, **self.recipe, **({"seed": self.seed} if self.seed else {})}
