"""Rules of captions, and MinHash against its theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.quality.images import caption_rules, minhash

GOOD = (
    "A tabby cat with green eyes looks past the camera from a grey cushion. Its whiskers are white "
    "and long, its fur is striped in brown and black, and a red wall stands behind it out of focus."
)


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        (GOOD, "dense", ""),
        (GOOD, "given", ""),
        (GOOD, "brief", ""),
        ("", "given", "caption_empty"),
        ("One.\n\nTwo.", "given", "caption_not_one_paragraph"),
        ("word " * 500, "given", "caption_too_long"),
        (f"{GOOD} There is no legible text.", "given", "caption_says_no_text"),
        ("A cat.", "given", ""),
        ("A cat.", "brief", "caption_too_short"),
        ("A cat on a cushion.", "dense", "caption_too_short"),
        (f"{GOOD} {GOOD}", "brief", "caption_too_long"),
        (f"I'm sorry, {GOOD}", "dense", "caption_about_the_model"),
        (
            "Un chat tigré aux yeux verts regarde derrière la caméra sur un coussin gris, ses "
            "moustaches sont blanches et longues, un mur rouge est derrière.",
            "dense",
            "caption_not_english",
        ),
        (
            f'{GOOD} A sign says "Bitte nicht auf die Möbel springen, die Katze schläft heute".',
            "dense",
            "",
        ),
    ],
)
def test_each_rule(text: str, kind: str, reason: str):
    found = caption_rules.check(text, kind)
    assert (found.reason if found else "") == reason


def test_quotations_are_looked_for_among_what_is_read():
    text = (
        'A sign says "Open 24 h", a card “Ménu du jour”, and 「営業中」 is on a flag; "!" is none.'
    )
    assert caption_rules.quotations(text) == ["Open 24 h", "Ménu du jour", "営業中"]
    assert caption_rules.unread(text, ["OPEN 24h", "Menu du jour", "営業中"]) is None, (
        "one letter off"
    )
    wrong = caption_rules.unread(text, ["Open 24 h", "営業中"])
    assert wrong is not None and wrong.value == "Ménu du jour"
    assert caption_rules.unread(GOOD, []) is None


@given(st.text(), st.sampled_from(["given", "dense", "brief"]))
def test_no_text_breaks_a_rule_s_reader(text: str, kind: str):
    found = caption_rules.check(text, kind)
    assert found is None or found.reason
    for quotation in caption_rules.quotations(text):
        assert caption_rules.unread(f'"{quotation}"', [quotation]) is None


def pair(shared: int, alone: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of hashes that share so many, and have so many alone."""
    whole = np.unique(rng.integers(0, 1 << 63, shared + 2 * alone, dtype=np.uint64))
    rng.shuffle(whole)
    return np.sort(whole[: shared + alone]), np.sort(np.r_[whole[:shared], whole[shared + alone :]])


@pytest.mark.parametrize(("number", "rows"), [(32, 4), (14, 8), (20, 13)])
def test_texts_meet_as_often_as_theory_has_it(number: int, rows: int):
    rng, trials = np.random.default_rng(1), 600
    for shared, alone in ((40, 30), (70, 15), (86, 7)):
        alike = shared / (shared + 2 * alone)
        met = 0
        for _ in range(trials):
            a, b = pair(shared, alone, rng)
            assert minhash.jaccard(a, b) == pytest.approx(alike)
            x, y = (minhash.bands(minhash.signature(s, number * rows), number) for s in (a, b))
            met += bool((x == y).any())
        expected = minhash.theory(alike, number, rows)
        spread = (expected * (1 - expected) / trials) ** 0.5
        assert abs(met / trials - expected) <= max(4 * spread, 0.004)


def test_shingles_are_of_words_and_ties_stay_with_the_first():
    assert len(minhash.shingles(GOOD)) == len(GOOD.split()) - 2
    assert minhash.jaccard(minhash.shingles(GOOD), minhash.shingles(GOOD.upper())) == 1
    assert len(minhash.shingles("cat")) == 1 and len(minhash.shingles("")) == 1
    sets = [minhash.shingles(t) for t in (GOOD, "another text of some words", GOOD, GOOD)]
    assert list(minhash.like(sets)) == [(0, 2), (0, 3)]
