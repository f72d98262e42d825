"""PexelsCustom's rules of subjects and of their captions, at their limits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpuswright.quality.subjects import captions, filters
from corpuswright.quality.subjects.filters import Detected

SIZE = (1000, 1000)


def box(share: float, at: float = 0.0) -> filters.PixelBox:
    side = 1000 * share**0.5
    return (at, at, at + side, at + side)


def reasons(*found: Detected, background: frozenset[str] = frozenset()) -> list[str]:
    return [w.reason if w else "" for w in filters.judge(found, SIZE, background)]


def test_limits_are_the_papers():
    assert reasons(Detected("dog", (0, 0, 100, 100), 0.9)) == [""], "1 % is enough"
    assert reasons(Detected("dog", (0, 0, 99, 100), 0.9)) == ["subject_too_small"]
    whole = (0.0, 0.0, 1000.0, 970.0)
    assert reasons(Detected("dog", whole, 0.9)) == [""], "97 % is not above it"
    above = (0.0, 0.0, 1000.0, 971.0)
    assert reasons(Detected("dog", above, 0.9, mask_area=800_000)) == [""]
    assert reasons(Detected("dog", above, 0.9, mask_area=800_001)) == ["subject_fills_it"]
    assert reasons(Detected("dog", above, 0.9)) == ["subject_fills_it"], "no mask tells otherwise"
    assert reasons(Detected("dog", box(0.1), 0.9, mask_score=0.8)) == [""]
    assert reasons(Detected("dog", box(0.1), 0.9, mask_score=0.799)) == ["mask_unsure"]
    assert reasons(Detected("dog", box(0.1), 0.9, mask_score=None)) == [""], "missing is not low"


def test_words_decide_first():
    for word in ("hand", "Hands", "teeth", "left foot", "feet", "eyelashes", "human face"):
        assert reasons(Detected(word, box(0.1), 0.9)) == ["body_part"], word
    for word in ("dog", "handbag", "headphones", "shoe", "glass", "armchair", "bus"):
        assert reasons(Detected(word, box(0.1), 0.9)) == [""], word
    four = [Detected("duck", box(0.02, 200.0 * n), 0.9) for n in range(4)]
    assert reasons(*four) == ["too_many_of_a_class"] * 4 and reasons(*four[:3]) == [""] * 3
    some = (Detected("sky", box(0.3), 0.9), Detected("kite", box(0.1, 500), 0.9))
    assert reasons(*some, background=frozenset({"Sky"})) == ["background", ""]


def test_of_boxes_over_each_other_the_surer_one_stays():
    a, b = (0.0, 0.0, 100.0, 100.0), (0.0, 0.0, 100.0, 81.0)
    pair = (Detected("cat", a, 0.9, mask_score=0.85), Detected("dog", b, 0.7, mask_score=0.95))
    # 0.81 of each other, but the second is below 1 % of the picture, and takes nothing with it.
    assert reasons(*pair) == ["", "subject_too_small"]
    wide = [
        Detected(d.word, tuple(4 * v for v in d.box), d.score, None, d.mask_score)  # type: ignore[arg-type]
        for d in pair
    ]
    assert reasons(*wide) == ["lies_over_another", ""]
    apart = (Detected("cat", (0, 0, 400, 400), 0.9), Detected("dog", (0, 0, 400, 320), 0.7))
    assert reasons(*apart) == ["", ""], "0.8 is not above it"


boxes = st.tuples(*[st.integers(0, 12)] * 4).map(
    lambda v: (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3]))
)


@given(boxes, boxes)
def test_iou_is_that_of_pixels(a: filters.PixelBox, b: filters.PixelBox):
    def pixels(of: filters.PixelBox) -> set[tuple[int, int]]:
        x0, y0, x1, y1 = (int(v) for v in of)
        return {(x, y) for x in range(x0, x1) for y in range(y0, y1)}

    one, other = pixels(a), pixels(b)
    wanted = len(one & other) / len(one | other) if one | other else 0.0
    assert filters.iou(a, b) == wanted == filters.iou(b, a)


def test_the_token_stands_once_before_the_word():
    def why(caption: str, word: str) -> str:
        found = captions.check(caption, word)
        return found.reason if found else ""

    assert why("A loicea dog runs over wet sand.", "dog") == ""
    assert why("Two loicea dogs run.", "dog") == "" and why("A loicea Dog, asleep.", "dog") == ""
    assert why("A loicea teddy bear on a shard_store.", "teddy bear") == ""
    assert why("A dog runs.", "dog") == "token_not_once"
    assert why("A loicea dog and a loicea cat.", "dog") == "token_not_once"
    assert why("A loicea brown dog runs.", "dog") == "token_not_before_word"
    assert why("A dog loicea", "dog") == "token_not_before_word"
    assert why("A loicea bear on a teddy.", "teddy bear") == "token_not_before_word"
    assert why("A loicea dogma.", "dog") == "token_not_before_word"
    assert why("", "dog") == why(" ", "dog") == why("A loicea dog.", "") == "no_caption"
    assert captions.spoken("A loicea dog runs.") == "A dog runs."


def test_the_last_word_that_is_named_stands_in():
    named = captions.named_in
    assert named(["man", "dog"], "A dog follows a man.") == "man"
    assert named(["dog", "man"], "A man walks two dogs.") == "dog"
    assert named(["teddy bear", "cat"], "A teddy bear.") == "teddy bear"
    assert named(["cat"], "A catalogue.") is None and named([], "A cat.") is None
