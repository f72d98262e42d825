"""What a build is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from cyclopts import Parameter, Token, validators

from corpuswright.storage.records import Json

# A partition is a block of variants of every page or world: a night's new seeds. A hundred blocks
# of two looks is more than a page is worth showing.
PARTITIONS = tuple(f"{i:03d}" for i in range(100))


def _whole(_: Any, tokens: Sequence[Token]) -> int:
    """Return a whole number; the parser's own reading rounds 1.5 to 2."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f"expected a whole number, saw {tokens[0].value!r}") from None


POSITIVE = Parameter(converter=_whole, validator=validators.Number(gt=0))
NOT_NEGATIVE = Parameter(converter=_whole, validator=validators.Number(gte=0))
Executor = Literal["local", "spark"]
# `keep` goes on with what older tools made, `rebuild` makes it again.
Drift = Literal["keep", "rebuild"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What a build is asked for: options of the command line, and fields of Dagster's run config.

    Attributes:
        out: The store.
        inputs: Where fetched packages are kept.
        source: What to build from: a folder, the URL of an application that runs on this machine,
            or a text file of URLs, in place of the corpus's own sites; of corpora of images and
            videos a folder of files and tars, or a .csv or .parquet of URLs; of those that are
            rendered, files that they use besides.
        licence: SPDX identifier of what `source` names.
        author: Whom to attribute for it.
        allow_licence: Use what has this licence only; may be repeated. All, unless it is said.
        samples: Kept samples wanted in each partition, first in key order; all there are, unless it
            is said.
        engine: A pool of processes on this machine, or Spark; both make the same bytes.
        workers: Processes; 0 for one each core.
        on_tool_drift: After an update of the browser: go on with the old renders, or make them
            again.
        keep_releases: How many of the newest releases stay after a new one; all, unless it is said.
        model: A model file (`annotators.llm.model_file`); what a model writes is read back.
        replay: Ask the model nothing: all its answers must be on record.
        shards: URL where shards and releases of a corpus of images lie (s3://bucket/corpora);
            credentials come from the environment. Unless it is said, where they lie already.
        seed: Draw other scenes; who does not know it cannot make them again.
        recipe: Values that replace the corpus's own.
    """

    out: str = "corpora"
    inputs: str = "inputs"
    source: str | None = None
    licence: str = "unstated"
    author: str = "unstated"
    allow_licence: Sequence[str] | None = None
    samples: Annotated[int | None, POSITIVE] = None
    engine: Executor = "local"
    workers: Annotated[int, NOT_NEGATIVE] = 0
    on_tool_drift: Drift = "keep"
    keep_releases: Annotated[int | None, POSITIVE] = None
    model: str | None = None
    replay: bool = False
    shards: str | None = None
    seed: str | None = None
    # The command line has it pair by pair, as `--set NAME=JSON`.
    recipe: Annotated[Json, Parameter(parse=False)] = field(default_factory=dict[str, Any])

    def recipe_over(self, own: Json) -> dict[str, Any]:
        """Return a corpus's recipe with what is replaced in it."""
        return {**own, **self.recipe, **({"seed": self.seed} if self.seed else {})}
