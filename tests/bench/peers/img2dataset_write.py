"""img2dataset on a list of URLs: `PYTHON img2dataset_write.py URLS FOLDER multiprocessing|pyspark`.

Re-encoding and resizing are off; two processes, 16 threads. Prints seconds and what it has written.
"""

from __future__ import annotations

import glob
import json
import sys
import tarfile
import time
from importlib.metadata import version


def main() -> None:
    urls, folder, distributor = sys.argv[1:]
    from img2dataset import download

    start = time.perf_counter()
    download(
        url_list=urls,
        output_folder=folder,
        output_format="webdataset",
        input_format="txt",
        processes_count=2,
        thread_count=16,
        resize_mode="no",
        disable_all_reencoding=True,
        number_sample_per_shard=1000,
        distributor=distributor,
        enable_wandb=False,
        disallowed_header_directives=[],
    )
    seconds = time.perf_counter() - start
    written = 0
    for name in glob.glob(f"{folder}/*.tar"):
        with tarfile.open(name) as tar:
            written += sum(m.name.endswith(".jpg") for m in tar)
    out = {"version": version("img2dataset"), "seconds": seconds, "written": written}
    print("RESULT " + json.dumps(out))


if __name__ == "__main__":
    main()
