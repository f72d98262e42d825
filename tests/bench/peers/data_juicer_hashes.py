"""Data-Juicer's image_deduplicator on files: `PYTHON data_juicer_hashes.py < [FILE, …] in JSON`.

Prints the hash that it gives each file, and which files it keeps: the first of each hash.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version

os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"  # it forks with torch loaded: more threads hang


def main() -> None:
    files = json.load(sys.stdin)
    from data_juicer.core.data import NestedDataset
    from data_juicer.ops.deduplicator.image_deduplicator import ImageDeduplicator
    from data_juicer.utils.constant import HashKeys
    from datasets import disable_caching

    disable_caching()
    data = NestedDataset.from_list([{"text": "", "images": [f]} for f in files])
    made = ImageDeduplicator(num_proc=1)
    hashed = data.map(made.compute_hash)
    hashes = {r["images"][0]: r[HashKeys.imagehash] for r in hashed}
    kept = [r["images"][0] for r in data.process([made])]
    print(
        "RESULT "
        + json.dumps({"version": version("py-data-juicer"), "hashes": hashes, "kept": kept})
    )


if __name__ == "__main__":
    main()
