"""`corpuswright ui`: Dagster's UI over the same history as builds from here."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import DONE, PACKAGES, STORE, Port


def ui(
    *,
    out: Path = STORE,
    port: Port = 3000,
    module: str = "corpuswright.pipelines.definitions",
    inputs: Path = PACKAGES,
) -> int:
    """Open Dagster's UI over the same history as builds from here.

    It answers to who has the token in the address that is shown; CORPUSWRIGHT_TOKEN sets it.

    Args:
        out: The store; what is launched there lands in it.
        port: Where it is served, on this machine only.
        module: Whose definitions are shown.
        inputs: Where fetched packages are kept.
    """
    from corpuswright.pipelines.runs import dagster_ui

    dagster_ui.serve(out, inputs, port, module)
    return DONE
