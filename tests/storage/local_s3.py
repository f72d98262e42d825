"""A local S3 server, for as long as a test needs it."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Any


@contextlib.contextmanager
def serving() -> Generator[dict[str, str]]:
    """Yield the environment with which clients reach an S3 that has an empty bucket `corpora`."""
    import boto3
    import requests
    from moto.server import ThreadedMotoServer

    server: Any = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        env = {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        }
        client: Any = boto3.client(
            "s3",
            endpoint_url=env["AWS_ENDPOINT_URL"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
            region_name="us-east-1",
        )
        # What another server of this process held is there still.
        requests.post(f"{env['AWS_ENDPOINT_URL']}/moto-api/reset", timeout=10)
        client.create_bucket(Bucket="corpora")
        yield env
    finally:
        server.stop()
