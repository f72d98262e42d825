import numpy as np
from PIL import Image, ImageDraw

from corpuswright.quality.grounding import scene_duplicates
from tests.fixtures.small_samples import button, scene


def picture(seed: int, noise: int = 0) -> Image.Image:
    image = Image.new("RGB", (300, 200), "white")
    pen = ImageDraw.Draw(image)
    rng = np.random.default_rng(seed)
    for _ in range(12):
        x, y = (int(v) for v in rng.integers(0, 260, 2))
        pen.rectangle((x, y, x + 40, y + 30), fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    if noise:
        pen.point([(noise, 5)], fill="black")
    return image


def prints(words: str, key: str, page: str, seed: int, noise: int = 0) -> scene_duplicates.Print:
    elements = [button(i, w, (0, 0, 9, 9)) for i, w in enumerate(words.split())]
    return scene_duplicates.print_of(key, page, scene(*elements), picture(seed, noise))


WORDS = "one two three four five six seven eight nine ten eleven"


def test_the_first_of_two_alike_pages_stays():
    a, b = prints(WORDS, "a", "p", 1), prints(WORDS, "b", "q", 1, noise=40)
    found = scene_duplicates.check_set([a, b])
    assert {k: r.value for k, r in found.items()} == {"b": "a"}


def test_looks_of_one_page_other_words_and_other_pictures_are_no_duplicates():
    a = prints(WORDS, "a", "p", 1)
    same_page = prints(WORDS, "b", "p", 1)
    other_words = prints(WORDS.replace("one two three", "x y z"), "c", "q", 1)
    other_picture = prints(WORDS, "d", "r", 7)
    assert scene_duplicates.check_set([a, same_page, other_words, other_picture]) == {}
