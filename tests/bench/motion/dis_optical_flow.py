"""The embedded flow estimator on a real pair whose truth is known: `python -m
tests.bench.motion.dis_optical_flow DIR`.

DIR holds `motorcycle_left.png`, `motorcycle_right.png` and `motorcycle_disp.npz`, Middlebury's 2014
stereo pair as scikit-image brings it (Debian's python3-skimage, `skimage/data`). Disparity is flow
to the left: a point at x in the left image is at x - d in the right one. Prints Markdown.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from corpuswright.renderers.motion import motion_statistics, real_video
from corpuswright.storage.media import images


def main(folder: Path) -> None:
    """Estimate flow both ways, and print how far it is from disparity, by what the codes say."""
    left, right = (
        np.asarray(images.decode((folder / f"motorcycle_{s}.png").read_bytes(), s))
        for s in ("left", "right")
    )
    with np.load(folder / "motorcycle_disp.npz") as held:
        disparity = held[held.files[0]].astype(np.float64)
    forward, backward = real_video.dis(left, right), real_video.dis(right, left)
    known = np.isfinite(disparity) & (disparity > 0)
    truth = np.stack([-disparity, np.zeros_like(disparity)], axis=-1)
    error = np.linalg.norm(np.where(known[..., None], forward - truth, 0), axis=-1)
    cycle = motion_statistics.cycle_map(forward, backward)
    print(
        f"{left.shape[1]} x {left.shape[0]}, disparity {disparity[known].mean():.1f} px on average"
    )
    print("| pixels | share | mean | median | above 3 px |")
    print("|---|---|---|---|---|")
    for name, told in (
        ("all whose disparity is known", known),
        ("that come back within 1 px", known & (cycle <= real_video.BACK)),
        ("that do not", known & (cycle > real_video.BACK)),
    ):
        e = error[told]
        print(
            f"| {name} | {told.sum() / known.sum():.1%} | {e.mean():.2f} px | "
            f"{np.median(e):.2f} px | {(e > 3).mean():.1%} |"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
