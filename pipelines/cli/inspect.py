"""Looking at what a store holds: status, single samples, samples by reason, verification."""

from __future__ import annotations

import html
import itertools
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, cast

from corpuswright.assets.curation import contact_sheets as curation_contact_sheets
from corpuswright.quality.reports import clip_sheets, contact_sheets
from corpuswright.storage import keys, samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.loaders.loader import Example, Loader, examples
from corpuswright.storage.media import clips, images
from corpuswright.storage.records import Outcome, canonical
from corpuswright.storage.releases import manifest, remote_store
from corpuswright.storage.samples import Record, read_record

TILE = (480, 480)  # px of an image on a page of samples, at most


def after_build(store: Path, corpus: str, name: str, wanted: int = 0) -> int:
    """Print what was built and what to type next; exit code 3 when nothing was kept."""
    made = manifest.load(store, corpus)
    folder, units = manifest.folder(store, corpus, made.plan), manifest.units(made)
    kept = made.counts["scene"]["kept"]
    pages, tasks = made.counts["page"]["kept"], made.counts["task"]["kept"]
    source = f"from {count(pages, 'source')} " if pages else ""
    curated = (folder / "funnel.json").exists()
    words = units["task"] if manifest.is_curated(made) else "verified task"
    print(
        f"{corpus} {made.plan}: {count(kept, units['scene'])} with {count(tasks, words)} "
        f"{source}in {count(len(made.shards), 'shard')}"
    )
    if curated:
        print(
            "\n".join(
                curation_contact_sheets.lines(json.loads((folder / "funnel.json").read_text()))
            )
        )
    for unit, reasons in made.rejections.items():
        if not (curated and unit == "scene"):  # the funnel has told of these
            told = ", ".join(f"{n} {r}" for r, n in reasons.items())
            print(f"  {units[unit]}s rejected: {told}")
    if kept < wanted:
        print(f"  {wanted} were asked for: the recipe and its sources make no more that hold")
    if (folder / "names.json").exists():
        names = json.loads((folder / "names.json").read_text())
        print(f"  OCR found {names['confirmed']} of {names['sampled']} sampled names in the pixels")
    if (folder / "contact.jpg").exists():
        print(f"  look at it:   {folder / 'contact.jpg'}")
    print(f"  the report:   {folder / 'report.html'}")
    if not kept:
        return 3
    if remote_store.of(store, corpus).url:
        print(f"  verify it:    corpuswright verify {name} --out {store}")
        return 0
    loader = Loader(store, made, seed=None)
    key = next(r.key for r in loader.records()) if curated else next(e.key for e in loader)
    typed = sys.argv[0] if Path(sys.argv[0]).name == "corpuswright" else "corpuswright"
    mine = " --module my_definitions" if Path("my_definitions.py").exists() else ""
    print("next:")
    print(f"  {typed} show {key} --out {store}")
    print(f"  {typed} verify {name} --out {store}")
    most = Counter[str]()
    for found in made.rejections.values():
        most.update(found)
    for reason in sorted(most, key=lambda r: (-most[r], r))[:1]:
        print(f"  {typed} sample {name} --reason {reason} --out {store}")
    print(f"  {typed} ui --out {store}{mine}")
    return 0


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 sample`, `2 samples`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def status(store: Path, corpus: str, as_json: bool) -> int:
    """Print the newest release's counts and rejections."""
    made = manifest.load(store, corpus)
    if as_json:
        print(json.dumps({"plan": made.plan, "counts": made.counts, "rejected": made.rejections}))
        return 0
    units = manifest.units(made)
    print(f"{corpus}, release {made.plan}")
    for shard in made.shards:
        held = f"{count(shard.samples, units['scene'])}  {count(shard.tasks, units['task'])}"
        print(f"  {shard.name}  {held}  {shard.bytes} bytes")
    for unit, counts in made.counts.items():
        if not any(counts.values()):  # a drawn corpus has no pages
            continue
        print(f"  {units[unit]:8} {counts['kept']:6} kept  {counts['rejected']:6} rejected")
        for reason, number in made.rejections.get(unit, {}).items():
            print(f"           {number:6} {reason}")
    return 0


def verify(store: Path, corpus: str) -> int:
    """Check every file of the newest release; print each problem."""
    made = manifest.load(store, corpus)
    problems = remote_store.of(store, corpus).verify(made)
    for problem in problems:
        print(problem)
    if problems:
        print("delete the files named above and build again: what is missing is made anew")
    units = manifest.units(made)
    held = ", ".join(
        count(number, noun)
        for number, noun in (
            (len(made.shards), "shard"),
            (sum(s.samples for s in made.shards), units["scene"]),
            (sum(s.tasks for s in made.shards), units["task"]),
        )
    )
    print(f"{made.plan}: {held}, {count(len(problems), 'problem')}")
    return 1 if problems else 0


def find_record(store: Path, key: str) -> Record:
    """Return the record of a sample's (or task's) key from the newest release of its corpus.

    Raises:
        LookupError: The key is none, or the release does not hold it; says how it ended.
    """
    try:
        parts = keys.parse(key)
    except ValueError as error:
        raise LookupError(str(error)) from error
    sample = key if parts.task is None else key[:-3]
    made = manifest.load(store, parts.corpus)
    found = read_record(store, made, sample)
    if found is not None:
        return found
    ended = [o for o in manifest.outcomes(store, made) if o.key == sample]
    why = _ending(ended[0]) if ended else "unknown to it"
    if tombstones.load(store, parts.corpus).hold_key(sample):
        why = "it was deleted, and does not come back"
    raise LookupError(f"{sample} is not in release {made.plan}: {why}")


def _ending(outcome: Outcome) -> str:
    if outcome.reason:
        return f"it was rejected at {outcome.stage}: {outcome.reason} {outcome.value}".rstrip()
    return f"it was {outcome.outcome}"


def show(store: Path, key: str, picture: str | None) -> int:
    """Print a sample's tasks, how each was verified, and write a picture of one.

    Raises:
        LookupError: There is no such sample or task; says how it ended.
    """
    record = find_record(store, key)
    found = examples(record)
    body = samples.read(record.files["json"])
    if "window" in body.spec.parameters:
        return _show_cut(record, body, picture)
    if "measures" in body.spec.parameters:
        return _show_image(record, body, picture)
    if "rubrics" in body.spec.parameters:
        return _show_prompt(body)
    wanted = [e for e in found if e.key == key] if key != record.key else found
    if not wanted:
        made = manifest.load(store, keys.parse(key).corpus)
        ended = [o for o in manifest.outcomes(store, made) if o.key == key]
        why = _ending(ended[0]) if ended else f"there are {[e.key[-2:] for e in found]}"
        raise LookupError(f"{key} is not in release {made.plan}: {why}")
    p: Any = wanted[0].spec.parameters
    source = wanted[0].spec.sources[0].uri if wanted[0].spec.sources else "drawn"
    print(f"{source}  {p.get('state', '')}".rstrip())
    path = Path(picture or f"{key}.jpg")
    if "tracks.npz" in record.files:
        _show_clip(clips.read(record), path)
    else:
        print(f"    {p['width']} x {p['height']} CSS px at {p['ratio']}, {p['theme']}", end="")
        down: Any = wanted[0].scene.state.get("scroll", [0, 0])
        print(f", scrolled by {down[1]:g} CSS px" if down[1] else "")
        for example in wanted:
            _tell(example)
        path.write_bytes(
            contact_sheets.jpeg(contact_sheets.draw_task(wanted[0].image, wanted[0].task))
        )
    print(f"picture: {path}")
    return 0


def _show_prompt(body: samples.Body) -> int:
    """Print a prompt and its rubrics."""
    p: Any = body.spec.parameters
    print(f"{p['category']} / {p['sub_category']} / {p['item']}  ({', '.join(p['key_points'])})")
    for task in body.tasks:
        print(f"{task.key}  [{task.kind}]  {task.text}")
    for name, check in p["rubrics"]:
        print(f"    {name}: {check}")
    return 0


def _show_image(record: Record, body: samples.Body, picture: str | None) -> int:
    """Print what is known of an image of a curated corpus, and write it as a picture."""
    (source,), p = body.spec.sources, dict(body.spec.parameters)
    width, height = body.scene.size
    print(f"{source.uri}  licence {source.licence}, author {source.author}")
    print(f"    {width} x {height} px, trained at {p.pop('bucket')}; sha256 {source.sha256}")
    measures: Any = p.pop("measures")
    print("    measured: " + ", ".join(f"{name} {value:g}" for name, value in measures.items()))
    for name, value in p.items():
        print(f"    {name}: {value}")
    for task in body.tasks:
        print(f"{task.key}  [{task.kind}, {task.style}]  {task.text}")
    path = Path(picture or f"{record.key}.jpg")
    data = images.still({k: v for k, v in record.files.items() if k != "json"})
    path.write_bytes(contact_sheets.jpeg(images.decode(data, record.key)))
    print(f"picture: {path}")
    return 0


def _show_cut(record: Record, body: samples.Body, picture: str | None) -> int:
    """Print what is known of a clip of a curated corpus, and write its subjects as a picture."""
    (source,), p = body.spec.sources, dict(body.spec.parameters)
    window, facts, measures = (cast(dict[str, Any], p[n]) for n in ("window", "video", "measures"))
    print(f"{source.uri}  licence {source.licence}, author {source.author}")
    print(f"    from {window['start']:.2f} s to {window['end']:.2f} s of it, shot {window['shot']}")
    print("    the video: " + ", ".join(f"{n} {v or 'none'}" for n, v in facts.items() if v != ""))
    print("    measured: " + ", ".join(f"{name} {value:g}" for name, value in measures.items()))
    for name in ("url", "retrieved", "caption"):
        if p.get(name):
            print(f"    {name}: {p[name]}")
    for e in body.scene.elements:
        a: Any = e.attributes
        kinds = ", ".join(a["category"]["kinds"][:3]) if a.get("category") else "no category"
        print(f"    {e.id}  {e.name} ({kinds}): score {a['score']:g}, seen in {len(a['frames'])} "
              f"frames, colours alike {a['likeness']:.2f} at least")  # fmt: skip
    clip = clips.read(record)
    fps = int(cast(dict[str, Any], clip.scene.state["clip"])["fps"])
    for step in clip.annotations:
        start, end = (int(str(step.value[n])) / fps for n in ("start", "end"))
        print(f"    {start:6.1f} s to {end:6.1f} s  {step.text}")
    path = Path(picture or f"{record.key}.jpg")
    _show_clip(clip, path)
    print(f"picture: {path}")
    return 0


def _show_clip(clip: clips.Clip, path: Path) -> None:
    state: Any = clip.scene.state["clip"]
    width, height = clip.scene.size
    print(f"    {state['frames']} frames of {width} x {height} at {state['fps']} a second")
    for e in clip.scene.elements:
        a: Any = e.attributes
        if "seen" in a:
            first, last = a["seen"]
            print(f"    {e.id}  {e.name}: seen in frames {first} to {last}, {a['share']:.0%} of it")
    if "estimated_by" in state:
        back = f"{state['cycle']} px from itself there and back"
        print(f"    its flow is an estimate, by {state['estimated_by']}, {back}")
    for name in ("statistics", "report"):
        if state.get(name):
            told = ", ".join(f"{k} {v:g}" for k, v in state[name].items())
            print(f"    {name}: {told}")
    for task in clip.tasks:
        print(f"{task.key}  [{task.kind}]  {task.text}")
        if "answer" in task.expected:
            shown = cast(list[list[int]], task.expected["spans"])
            print(f"    answer    {task.expected['answer']}")
            print(f"    shown     frames {', '.join(f'{a} to {b - 1}' for a, b in shown)}")
    path.write_bytes(contact_sheets.jpeg(clip_sheets.sheet(clip)))


def _tell(example: Example) -> None:
    task = example.task
    done = ", ".join(a.kind for a in task.actions)
    print(f"{task.key}  [{task.style}, {done}]  {task.text}")
    for target in task.targets:
        element = next(e for e in example.scene.elements if e.id == target.element)
        x, y = target.point
        print(f"    target    {element.id}, {element.role} “{element.name}”, {_box(element.box)}")
        print(f"    accepted  {len(target.accept)} polygons around ({x:.2f}, {y:.2f})")
    if task.expected:
        print(f"    verified  performed; afterwards {canonical(task.expected['holds'])[:120]}")
    else:
        print(f"    verified  {done} with the real mouse reached {task.elements[0]}")
    print(f"              the sentence alone leads a resolver to {', '.join(task.elements)}")


def _box(box: tuple[float, float, float, float]) -> str:
    return "(" + ", ".join(f"{v:.1f}" for v in box) + ")"


def sample(store: Path, corpus: str, reason: str | None, number: int, page: str | None) -> int:
    """Print kept samples, or units rejected for `reason`; with `page`, as HTML with pictures."""
    made = manifest.load(store, corpus)
    if reason is None:
        remote_store.here(store, corpus)
        loader = Loader(store, made, seed=0)
        if (manifest.folder(store, corpus, made.plan) / "buckets.json").exists():
            whole = made.counts["scene"]["kept"]
            rows = [_image(r) for r in itertools.islice(loader.records(), number)]
        else:
            whole = made.counts["task"]["kept"]
            shown = itertools.islice(loader, number)
            rows = [
                (e.key, e.text, contact_sheets.jpeg(contact_sheets.tile(e.image, e.task)))
                for e in shown
            ]
    else:
        outcomes = manifest.outcomes(store, made)
        found = [o for o in outcomes if o.reason == reason]
        whole = len(found)
        if not found:
            known = sorted({r for u in made.rejections.values() for r in u})
            there = f"there are {known}" if known else "nothing was rejected"
            raise LookupError(f"--reason: none was rejected for {reason!r}; {there}")
        files = {o.key: o.source for o in outcomes if o.unit == "scene"}
        rows = [
            (o.key, f"{o.unit} {o.source}: {o.value} {files.get(o.value, '')}".rstrip(": "), b"")
            for o in found[:number]
        ]
    for key, text, _ in rows:
        print(key, text)
    if len(rows) < whole:
        print(f"{len(rows)} of {whole}; --number shows more")
    if page is not None:
        title = f"{corpus} {reason or 'kept'}, {len(rows)} of {whole}"
        Path(page).write_text(_page(title, rows))
        print(f"page: {page}")
    return 0


def _image(record: Record) -> tuple[str, str, bytes]:
    """Return key, what is said of it, and picture of an image with or without captions."""
    held = samples.read(record.files["json"])
    image = images.decode(images.still(record.files), record.key)
    image.thumbnail(TILE)
    said = "; ".join(task.text for task in held.tasks)
    text = f"{held.spec.sources[0].uri}: {said}".rstrip(": ")
    return record.key, text, contact_sheets.jpeg(image)


def _page(title: str, rows: list[tuple[str, str, bytes]]) -> str:
    parts = [f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title>"]
    parts.append("<style>body{font:15px sans-serif}figure{display:inline-block;margin:8px}</style>")
    for key, text, data in rows:
        image = ""
        if data:
            image = contact_sheets.inline(data)
        caption = f"<code>{html.escape(key)}</code> {html.escape(text)}"
        parts.append(f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
    return "\n".join(parts)
