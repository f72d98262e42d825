"""Data-Juicer's filters of images on files: `PYTHON data_juicer_chain.py ROUNDS FILE …`.

Prints the seconds of each round of its three filters that need no model (shape, aspect ratio,
size), and of these with `image_deduplicator`, which decodes every image for a perceptual hash; and
which files it keeps.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version

os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"  # it forks with torch loaded: more threads hang


def main() -> None:
    rounds, files = int(sys.argv[1]), sys.argv[2:]
    from data_juicer.core.data import NestedDataset
    from data_juicer.ops.filter.image_aspect_ratio_filter import ImageAspectRatioFilter
    from data_juicer.ops.filter.image_shape_filter import ImageShapeFilter
    from data_juicer.ops.filter.image_size_filter import ImageSizeFilter
    from datasets import disable_caching

    disable_caching()

    def run(with_hash: bool) -> tuple[float, list[str]]:
        data = NestedDataset.from_list([{"text": "", "images": [f]} for f in files])
        ops = [
            ImageShapeFilter(min_width=384, min_height=384, num_proc=1),
            ImageAspectRatioFilter(min_ratio=0.333, max_ratio=3.0, num_proc=1),
            ImageSizeFilter(min_size="1kb", max_size="200mb", num_proc=1),
        ]
        if with_hash:
            from data_juicer.ops.deduplicator.image_deduplicator import ImageDeduplicator

            ops.append(ImageDeduplicator(num_proc=1))
        start = time.perf_counter()
        made = data.process(ops)
        return time.perf_counter() - start, [r["images"][0] for r in made]

    out = {"version": version("py-data-juicer"), "filters": [], "with_hash": [], "kept": []}
    for _ in range(rounds):
        out["filters"].append(run(False)[0])
    for _ in range(rounds):
        seconds, out["kept"] = run(True)
        out["with_hash"].append(seconds)
    print("RESULT " + json.dumps(out))


if __name__ == "__main__":
    main()
