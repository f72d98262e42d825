"""Embeddings that are alike meet: against all pairs, by brute force."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from corpuswright.assets.builds import spark
from corpuswright.assets.curation import embedding_pairs

LEAST = 0.985
SIZE = 64


def near(rng: np.random.Generator, vector: np.ndarray, cosine: float) -> np.ndarray:
    """Return a vector at just that cosine to another one."""
    other = rng.standard_normal(len(vector))
    other -= vector * (other @ vector) / (vector @ vector)
    unit = vector / np.linalg.norm(vector)
    return cosine * unit + np.sqrt(1 - cosine**2) * other / np.linalg.norm(other)


@pytest.mark.spark
def test_edges_are_those_of_all_pairs():
    rng = np.random.default_rng(1)
    heads = rng.standard_normal((150, SIZE))
    vectors = [*heads]
    for head in heads:  # just above, well above, just below
        vectors += [near(rng, head, c) for c in (0.9865, 0.9999, 0.983)]
    held = [embedding_pairs.packed(v) for v in vectors]
    wide = embedding_pairs.unpacked(pa.array(held))
    i, j = np.nonzero(np.triu(wide @ wide.T >= LEAST, 1))
    expected = set(zip(i.tolist(), j.tolist(), strict=True))
    assert len(expected) >= 300
    table = pa.table({"id": np.arange(len(held)), "embedding": pa.array(held, pa.binary())})
    found = embedding_pairs.edges(spark.frame(spark.session(2), table), LEAST).toArrow()
    assert set(zip(*(found.column(c).to_pylist() for c in "ab"), strict=True)) == expected


def test_bands_agree_as_often_as_the_theory_says():
    rng = np.random.default_rng(2)
    one = rng.standard_normal((4000, SIZE))
    two = np.array([near(rng, v, LEAST) for v in one])
    same = embedding_pairs.bands(one.astype(np.float32)) == embedding_pairs.bands(
        two.astype(np.float32)
    )
    expected = (1 - np.arccos(LEAST) / np.pi) ** embedding_pairs.BITS
    # Four standard errors; bands of one pair share planes with no other band.
    assert abs(same.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / same.size)
    assert same.any(1).all()


def test_a_vector_without_direction_is_none():
    assert embedding_pairs.packed(np.zeros(8)) is None
    assert embedding_pairs.packed(np.array([1.0, np.nan])) is None


def test_lengths_that_differ_are_told_of():
    held = [embedding_pairs.packed(np.ones(n)) for n in (3, 4)]
    with pytest.raises(ValueError, match="two models"):
        embedding_pairs.unpacked(pa.array(held))
