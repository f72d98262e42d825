"""Grounding in all modalities: the paper's mixture (Phi-Ground-Any, arXiv 2605.12501, Table 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a mixture is made of.

    Attributes:
        name: Its slug.
        weights: Share of the samples by corpus; they sum to 1 with `optional`.
        optional: Shares of corpora that need data of the user's own. Where there is none, the other
            parts share the samples among them, and the release says what is missing.
    """

    name: str
    weights: Mapping[str, float]
    optional: Mapping[str, float]

    def shares(self, having: Collection[str]) -> dict[str, float]:
        """Return the weights of the parts there are; `having` are the optional ones among them."""
        return {**self.weights, **{n: w for n, w in self.optional.items() if n in having}}

    def samples(self, total: int, having: Collection[str] = ()) -> dict[str, int]:
        """Return how many samples of each corpus make `total`, largest remainders first.

        Args:
            total: Of all parts.
            having: The optional parts that take a share.
        """
        weights = self.shares(having)
        there = sum(weights.values())
        exact = {n: total * w / there for n, w in weights.items()}
        counts = {n: int(v) for n, v in exact.items()}
        order = sorted(exact, key=lambda n: (counts[n] - exact[n], n))
        for name in order[: total - sum(counts.values())]:
            counts[name] += 1
        return {n: max(1, c) for n, c in counts.items()}


# Weights of Phi-Ground-Any's training (arXiv 2605.12501, Table 7). Its GUI share is ours for pages
# and desktops together, two to one.
GROUNDING = Mixture(
    name="grounding",
    weights={
        "grounding_gui": 0.23,
        "grounding_desk": 0.11,
        "grounding_text": 0.25,
        "grounding_table": 0.10,
        "grounding_canvas": 0.10,
        "grounding_photo": 0.15,
    },
    optional={"grounding_human": 0.06},
)
