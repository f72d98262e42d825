"""litdata on the images of tars: `PYTHON litdata_read.py ROUNDS TAR …`.

Writes them in litdata's format (64 MB chunks), then prints the seconds of each round that reads and
decodes all of them in this process.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
import tempfile
import time
from importlib.metadata import version

import litdata
import numpy as np
from PIL import Image


def images(tar: str) -> object:
    with tarfile.open(tar) as held:
        for member in held:
            if member.name.endswith(".jpg"):
                file = held.extractfile(member)
                assert file is not None
                yield {"jpg": file.read()}


def main() -> None:
    rounds, tars = int(sys.argv[1]), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        litdata.optimize(
            fn=images, inputs=tars, output_dir=folder, chunk_bytes="64MB", num_workers=1
        )
        seconds, number = [], 0
        for _ in range(rounds):
            start, number = time.perf_counter(), 0
            for record in litdata.StreamingDataset(folder):
                np.asarray(Image.open(io.BytesIO(record["jpg"])).convert("RGB"))
                number += 1
            seconds.append(time.perf_counter() - start)
    print("RESULT " + json.dumps({"version": version("litdata"), "seconds": seconds, "n": number}))


if __name__ == "__main__":
    main()
