"""img2dataset on Spark, to be killed: `PYTHON img2dataset_killed.py URLS FOLDER`.

Two executors of one core and speculation, as `tests.soak.test_spark_kills` gives ours; what it has
finished it takes for finished when it is started again (its incremental mode, the default).
"""

from __future__ import annotations

import sys


def main() -> None:
    urls, folder = sys.argv[1:]
    from img2dataset import download
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false", "spark.speculation": "true",
        "spark.speculation.quantile": "0.1", "spark.speculation.multiplier": "1.1",
        "spark.speculation.minTaskRuntime": "10ms", "spark.task.maxFailures": "20",
    }  # fmt: skip
    builder = SparkSession.builder.master("local-cluster[2,1,1024]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    builder.getOrCreate()
    download(
        url_list=urls,
        output_folder=folder,
        output_format="webdataset",
        input_format="txt",
        processes_count=2,
        thread_count=4,
        resize_mode="no",
        disable_all_reencoding=True,
        number_sample_per_shard=50,
        distributor="pyspark",
        enable_wandb=False,
        disallowed_header_directives=[],
        max_shard_retry=3,
        retries=3,
    )


if __name__ == "__main__":
    main()
