"""How often a copy is taken for truer than the photograph it was made from.

    python -m tests.bench.images.truest_copy DIR [--photographs 14]

DIR holds JPEG photographs. Each is cut to 1000 px a side at most, written at quality 92, and held
against copies that are worth less (`tests.quality.images.test_fidelity.WORSE`).
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from PIL import Image

from corpuswright.quality.images.fidelity import fidelity
from tests.quality.images.test_fidelity import WORSE, jpeg, order, reread


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photographs", type=int, default=14)
    options = parser.parse_args()
    files = sorted(p for p in options.folder.rglob("*.jpg"))
    random.Random(1).shuffle(files)
    pictures: list[Image.Image] = []
    for path in files:
        image = Image.open(path).convert("RGB")
        if min(image.size) >= 400 and len(pictures) < options.photographs:
            pictures.append(image.crop((0, 0, min(1000, image.width), min(1000, image.height))))
    own = [fidelity(jpeg(p)) for p in pictures]
    print(f"| copy | of {len(pictures)} taken for truer |\n| --- | --- |")
    for name, made in WORSE.items():
        seen = [fidelity(made(reread(jpeg(p)))) for p in pictures]
        lost = sum(order(a) <= order(b) for a, b in zip(own, seen, strict=True))
        print(f"| {name} | {lost} |")


if __name__ == "__main__":
    main()
