"""`corpuswright review`: a person judges a random sample of tasks, in the browser."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import DONE, STORE, Port, Positive, released
from corpuswright.storage.audits import human_reviews
from corpuswright.storage.releases import manifest
from corpuswright.storage.shown import count


def review(
    corpus: str,
    /,
    *,
    out: Path = STORE,
    number: Positive = human_reviews.SAMPLES,
    port: Port = 8300,
) -> int:
    """Judge a random sample of tasks yourself, in the browser.

    Args:
        corpus: Slug of a corpus.
        out: The store.
        number: Tasks of the sample.
        port: Where the page is served, on this machine only.
    """
    from corpuswright.pipelines.cli.judge.review_server import Review, finished, server

    made = manifest.load(out, released(out, corpus))
    asked = Review(out, made, number)
    if not asked.tasks:
        raise LookupError(f"{corpus} {made.plan} holds no task to review")
    try:
        web = server(asked, port)
    except OSError as error:
        raise LookupError(f"--port: {port} is not free ({error.strerror}); name another") from error
    print(f"{count(len(asked.tasks), 'task')} of {corpus} {made.plan}, a random sample")
    print(f"open {web.guard.address} and judge them; Ctrl-C here when you are done", flush=True)
    try:
        web.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        web.server_close()
    print(finished(asked))
    print(f"it stands in {manifest.folder(out, made.corpus, made.plan) / 'README.md'}")
    return DONE
