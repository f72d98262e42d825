"""Side-by-side measurements in one run: `make bench`. Prints Markdown for RESULTS.md.

Ratios of runs that alternate on one machine; each figure is the median of ROUNDS.
"""

from __future__ import annotations

import io
import os
import platform
import statistics
import tarfile
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import webdataset as wds
from playwright.sync_api import sync_playwright

from corpuswright.assets.grounding.gui import GENTELELLA
from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.engine import Browser, chromium_path
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View
from corpuswright.storage.inputs import sites
from corpuswright.storage.keys import sample_key
from corpuswright.storage.records import Spec
from corpuswright.storage.shards import webdataset
from tests.bench.memory import Peak

ROUNDS = 5
PAGES = ("index", "form", "tables", "inbox", "projects", "profile", "orders", "contacts")
VIEW = View(1280, 800, 1.0)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def browser_rates() -> list[str]:
    root = sites.fetch(GENTELELLA, Path("inputs"))
    renderer = GuiRenderer({"gentelella": root})
    paths = [f"production/{p}.html" for p in PAGES]

    def spec(path: str) -> Spec:
        parameters = {
            "site": "gentelella",
            "path": path,
            "width": VIEW.width,
            "height": VIEW.height,
            "ratio": VIEW.ratio,
            "theme": "light",
            "scroll": 0.0,
        }
        return Spec("k", "c", "gui", parameters, ())

    def ours() -> None:
        for path in paths:
            renderer(spec(path))

    def bare(browser: Browser) -> None:
        """Load and shot, page reused, same server, same flags: no clock, no measurement."""
        page, cdp = browser._ready(VIEW.ratio)
        cdp.send(
            "Emulation.setDeviceMetricsOverride",
            {"width": VIEW.width, "height": VIEW.height, "deviceScaleFactor": 0, "mobile": False},
        )
        for path in paths:
            page.goto(browser.server.url("gentelella", path), wait_until="load")
            page.evaluate("document.fonts.ready.then(() => 1)")
            cdp.send("Page.captureScreenshot", {"format": "png"})

    def plain(port: int) -> None:
        """What a first script does: a new page a scene, a bounding_box call an element."""
        with sync_playwright() as p:
            browser = p.chromium.launch(
                executable_path=chromium_path(),
                args=["--no-sandbox"],
                proxy={"server": f"http://127.0.0.1:{port}"},
            )
            for path in paths:
                page = browser.new_page(viewport={"width": VIEW.width, "height": VIEW.height})
                page.goto(f"http://gentelella.localhost/{path}")
                page.screenshot()
                for e in page.query_selector_all("body *"):  # all of them, as ours
                    e.bounding_box()
                page.close()
            browser.close()

    with Peak() as memory:
        ours()
        costs = _costs(renderer, paths, spec)
        mine = [timed(ours) for _ in range(ROUNDS)]
        base = [timed(lambda: bare(renderer.browser())) for _ in range(ROUNDS)]
    mine += [timed(ours) for _ in range(ROUNDS)]
    base += [timed(lambda: bare(renderer.browser())) for _ in range(ROUNDS)]
    server = renderer.browser().server
    port = server.port
    # Playwright's sync API runs once a process: the plain script runs in a child of its own.
    import multiprocessing

    context = multiprocessing.get_context("fork")
    naive: list[float] = []
    for _ in range(ROUNDS):
        child = context.Process(target=_plain_child, args=(plain, port))
        naive.append(timed(lambda c=child: (c.start(), c.join())))
    per = {
        n: statistics.median(v) / len(paths)
        for n, v in (("ours", mine), ("bare", base), ("plain", naive))
    }
    return [
        "| scenes/s, 8 gentelella pages, 1280x800 | value |",
        "|---|---|",
        f"| full geometry (ours) | {1 / per['ours']:.2f} |",
        f"| bare load and shot, same reuse | {1 / per['bare']:.2f} |",
        f"| plain Playwright {version('playwright')}, new page, bounding_box each | "
        f"{1 / per['plain']:.2f} |",
        f"| **ours ÷ bare** (goal ≥ 0.5) | **{per['bare'] / per['ours']:.2f}** |",
        f"| **ours ÷ plain** (goal ≥ 5) | **{per['plain'] / per['ours']:.2f}** |",
        f"| peak memory of the process tree, PSS | {memory.peak:.0f} MiB |",
        "",
        "| cost of one scene | ms |",
        "|---|---|",
        *(f"| {name} | {1000 * cost:.0f} |" for name, cost in costs.items()),
        "",
    ]


def _plain_child(work: Callable[[int], None], port: int) -> None:
    import asyncio

    asyncio.set_event_loop(None)
    work(port)
    os._exit(0)


def _costs(
    renderer: GuiRenderer, paths: list[str], spec: Callable[[str], Spec]
) -> dict[str, float]:
    total: dict[str, float] = {}
    for path in paths:
        start = time.perf_counter()
        with renderer.open(spec(path)) as live:
            marks = [("load and settle", time.perf_counter() - start)]
            for name, work in (
                ("measure (all elements, names, hit tests)", lambda v=live: gui.measure(v)),
                ("measure again (rectangles)", lambda v=live: v.evaluate(gui._RECTS)),
                ("shot", lambda v=live: v.shoot()),
            ):
                marks.append((name, timed(work)))
        for name, cost in marks:
            total[name] = total.get(name, 0.0) + cost / len(paths)
    return total


def tar_rates() -> list[str]:
    rows = [
        "| sample size | write ÷ tarfile | write ÷ webdataset | read ÷ tarfile | "
        "read ÷ webdataset |",
        "|---|---|---|---|---|",
    ]
    for size in (4_000, 20_000, 100_000, 300_000):
        number = max(200, min(4000, 80_000_000 // size))
        entries = [
            webdataset.Entry(
                sample_key("b", i, 0), 0, {"png": os.urandom(size), "json": b"{}" * 400}
            )
            for i in range(number)
        ]
        with tempfile.TemporaryDirectory(
            dir="/dev/shm" if Path("/dev/shm").is_dir() else None
        ) as f:
            rows.append(_tar_row(size, entries, Path(f)))
    return [
        *rows,
        "",
        f"webdataset {wds.__version__}, tarfile of Python {platform.python_version()}; "
        "ours includes sha256, crc32, index and fsync.",
        "",
    ]


def _tar_row(size: int, entries: list[webdataset.Entry], folder: Path) -> str:
    def ours() -> None:
        for old in folder.glob("b/shards/*"):
            old.unlink()
        webdataset.write_shards(folder, "b/shards", "000", entries, 1 << 40)

    def with_tarfile() -> None:
        with tarfile.open(folder / "t.tar", "w") as tar:
            for e in entries:
                for ext, data in sorted(e.files.items()):
                    info = tarfile.TarInfo(f"{e.key}.{ext}")
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))

    def with_webdataset() -> None:
        with wds.TarWriter(str(folder / "w.tar"), encoder=False) as sink:
            for e in entries:
                sink.write({"__key__": e.key, **e.files})

    def read_ours() -> None:
        for _ in webdataset.read_shard(next(folder.glob("b/shards/*.tar"))):
            pass

    def read_tarfile() -> None:
        with tarfile.open(folder / "t.tar", "r|") as tar:
            for m in tar:
                tar.extractfile(m).read()  # type: ignore[union-attr]

    def read_webdataset() -> None:
        for _ in wds.WebDataset(str(folder / "w.tar"), shardshuffle=False):
            pass

    works = (ours, with_tarfile, with_webdataset, read_ours, read_tarfile, read_webdataset)
    times: dict[str, list[float]] = {w.__name__: [] for w in works}
    for _ in range(ROUNDS):
        for w in works:
            times[w.__name__].append(timed(w))
    t = {n: statistics.median(v) for n, v in times.items()}
    return (
        f"| {size // 1000} kB | {t['with_tarfile'] / t['ours']:.2f} | "
        f"{t['with_webdataset'] / t['ours']:.2f} | {t['read_tarfile'] / t['read_ours']:.2f} | "
        f"{t['read_webdataset'] / t['read_ours']:.2f} |"
    )


def main() -> None:
    warnings.simplefilter("ignore")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"`make bench`, {machine}, load {os.getloadavg()[0]:.1f} at start\n")
    for part in (tar_rates, browser_rates):
        for line in part():
            print(line, flush=True)


if __name__ == "__main__":
    main()
