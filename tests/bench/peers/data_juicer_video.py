"""Data-Juicer's filters of videos that need no model: `PYTHON data_juicer_video.py BACKEND FILE …`.

Needs py-data-juicer, av==13.1.0 (what its extra `vision` asks for; from 14 on a stream has no
`close`), opencv-python-headless, and FFmpeg's programs, which its readers call by default. Each
operator is called in this process, sample by sample: without its data set's start, which takes ten
seconds. Prints seconds by operator, and which files are kept.
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
    backend, files = sys.argv[1], sys.argv[2:]
    import cv2
    from data_juicer.ops.filter.video_aspect_ratio_filter import VideoAspectRatioFilter
    from data_juicer.ops.filter.video_duration_filter import VideoDurationFilter
    from data_juicer.ops.filter.video_motion_score_filter import VideoMotionScoreFilter
    from data_juicer.ops.filter.video_resolution_filter import VideoResolutionFilter
    from data_juicer.utils.constant import Fields

    cv2.setNumThreads(1)
    by = {"video_backend": backend}
    ops = {
        "resolution": VideoResolutionFilter(min_width=64, min_height=64, **by),
        "duration": VideoDurationFilter(min_duration=0.1, max_duration=3600, **by),
        "aspect": VideoAspectRatioFilter(min_ratio="1/3", max_ratio="3/1", **by),
        "motion": VideoMotionScoreFilter(min_score=0.0),
    }
    seconds: dict[str, float] = {}
    left = list(files)
    for name, op in ops.items():
        start = time.perf_counter()
        kept = []
        for f in left:
            sample = {"text": "", "videos": [f], Fields.stats: {}, Fields.meta: {}}
            if op.process_single(op.compute_stats_single(sample)):
                kept.append(f)
        left = kept
        seconds[name] = time.perf_counter() - start
    print(
        "RESULT "
        + json.dumps({"version": version("py-data-juicer"), "seconds": seconds, "kept": len(left)})
    )


if __name__ == "__main__":
    main()
