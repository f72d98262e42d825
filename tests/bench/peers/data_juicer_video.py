"""Data-Juicer's filters of videos that need no model: `PYTHON data_juicer_video.py ROUNDS FILE …`.

Prints the seconds of each round of resolution, duration, aspect ratio and motion score, and which
files it keeps. Its motion score looks at two frames a second.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version

os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"


def main() -> None:
    rounds, files = int(sys.argv[1]), sys.argv[2:]
    from data_juicer.core.data import NestedDataset
    from data_juicer.ops.filter.video_aspect_ratio_filter import VideoAspectRatioFilter
    from data_juicer.ops.filter.video_duration_filter import VideoDurationFilter
    from data_juicer.ops.filter.video_motion_score_filter import VideoMotionScoreFilter
    from data_juicer.ops.filter.video_resolution_filter import VideoResolutionFilter
    from datasets import disable_caching

    disable_caching()
    out = {"version": version("py-data-juicer"), "seconds": [], "kept": []}
    for _ in range(rounds):
        data = NestedDataset.from_list([{"text": "", "videos": [f]} for f in files])
        ops = [
            VideoResolutionFilter(min_width=64, min_height=64, num_proc=1),
            VideoDurationFilter(min_duration=0.1, max_duration=3600, num_proc=1),
            VideoAspectRatioFilter(min_ratio="1/3", max_ratio="3/1", num_proc=1),
            VideoMotionScoreFilter(min_score=0.0, num_proc=1),
        ]
        start = time.perf_counter()
        made = data.process(ops)
        out["seconds"].append(time.perf_counter() - start)
        out["kept"] = [r["videos"][0] for r in made]
    print("RESULT " + json.dumps(out))


if __name__ == "__main__":
    main()
