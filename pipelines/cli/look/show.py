"""`corpuswright show`: one sample or task, its picture with regions, and its record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from corpuswright.pipelines.cli.console import DONE, STORE
from corpuswright.quality.reports import clip_sheets, contact_sheets
from corpuswright.storage import keys, samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.loaders.loader import Example, examples
from corpuswright.storage.media import clips, images
from corpuswright.storage.records import Outcome, Task, canonical
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record, read_record
from corpuswright.storage.shown import count


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


def show(key: str, /, *, out: Path = STORE, picture: Path | None = None) -> int:
    """Show one sample or task: its picture with regions, and its record.

    Args:
        key: Of a sample, or of a task.
        out: The store.
        picture: Where to write the picture; KEY.jpg in this folder unless it is said.
    """
    if picture is not None and picture.suffix.lower() not in Image.registered_extensions():
        raise LookupError(f"--picture: expected a name such as {key}.png, saw {picture}")
    store = out
    record = find_record(store, key)
    found = examples(record)
    body = samples.read(record.files["json"])
    wanted = [e for e in found if e.key == key] if key != record.key else found
    if key != record.key and not wanted:
        made = manifest.load(store, keys.parse(key).corpus)
        ended = [o for o in manifest.outcomes(store, made) if o.key == key]
        why = _ending(ended[0]) if ended else f"there are {[e.key[-2:] for e in found]}"
        raise LookupError(f"{key} is not in release {made.plan}: {why}")
    if "window" in body.spec.parameters:
        return _show_cut(record, body, picture)
    if "measures" in body.spec.parameters:
        return _show_image(record, body, picture)
    if "rubrics" in body.spec.parameters:
        return _show_prompt(body)
    if "twin.png" in record.files:
        return _show_document(record, body, [e.task for e in wanted], picture)
    p: Any = body.spec.parameters
    source = body.spec.sources[0].uri if body.spec.sources else "drawn"
    print(f"{source}  {p.get('state', '')}".rstrip())
    path = picture or Path(f"{key}.jpg")
    if "tracks.npz" in record.files:
        _show_clip(clips.read(record), path)
    else:
        wide, high = body.scene.size
        view = f"{wide} x {high} px"  # of a screenshot or a rendered place; pages have a view
        if "theme" in p:
            view = f"{p['width']} x {p['height']} CSS px at {p['ratio']}, {p['theme']}"
        print(f"    {view}", end="")
        down: Any = body.scene.state.get("scroll", [0, 0])
        print(f", scrolled by {down[1]:g} CSS px" if down[1] else "")
        for example in wanted:
            _tell(example)
        drawn = wanted[0].image
        for example in wanted:
            drawn = contact_sheets.draw_task(drawn, example.task)
        _save(drawn, path)
    print(f"picture: {path}")
    return DONE


def _show_prompt(body: samples.Body) -> int:
    """Print a prompt and its rubrics."""
    p: Any = body.spec.parameters
    print(f"{p['category']} / {p['sub_category']} / {p['item']}  ({', '.join(p['key_points'])})")
    for task in body.tasks:
        print(f"{task.key}  [{task.kind}]  {task.text}")
    for name, check in p["rubrics"]:
        print(f"    {name}: {check}")
    return DONE


def _show_document(
    record: Record, body: samples.Body, tasks: list[Task], picture: Path | None
) -> int:
    """Print a document's prompt and questions, and write it beside its twin."""
    p, twin = dict(body.spec.parameters), dict(body.scene.state["twin"])
    wide, high = body.scene.size
    kind = f"{p['domain']}, {p['dimension']}" if "domain" in p else "webpage"
    print(f"{kind}, level {p['level']}: {wide} x {high} px")
    print(f"    twin: {twin['kind']}: {twin['about']}")
    for task in tasks:
        print(f"{task.key}  [{task.kind}]  {contact_sheets.said(task)}")
    files = [images.decode(record.files[n], record.key) for n in ("png", "twin.png")]
    whole = Image.new("RGB", (sum(f.width for f in files) + 16, max(f.height for f in files)))
    drawn = files[0]
    for task in tasks if len(tasks) == 1 else ():
        drawn = contact_sheets.draw_task(drawn, task)
    whole.paste(drawn, (0, 0))
    whole.paste(files[1], (files[0].width + 16, 0))
    path = picture or Path(f"{record.key}.jpg")
    _save(whole, path)
    print(f"picture: {path}")
    return DONE


def _show_image(record: Record, body: samples.Body, picture: Path | None) -> int:
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
    path = picture or Path(f"{record.key}.jpg")
    data = images.still({k: v for k, v in record.files.items() if k != "json"})
    _save(images.decode(data, record.key), path)
    print(f"picture: {path}")
    return DONE


def _show_cut(record: Record, body: samples.Body, picture: Path | None) -> int:
    """Print what is known of a clip of a curated corpus, and write its subjects as a picture."""
    (source,), p = body.spec.sources, dict(body.spec.parameters)
    window, facts, measures = (p[n] for n in ("window", "video", "measures"))
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
        print(
            f"    {e.id}  {e.name} ({kinds}): score {a['score']:g}, seen in {len(a['frames'])} "
            f"frames, colours alike {a['likeness']:.2f} at least"
        )
    clip = clips.read(record)
    fps = int(clip.scene.state["clip"]["fps"])
    for step in clip.annotations:
        start, end = (int(str(step.value[n])) / fps for n in ("start", "end"))
        print(f"    {start:6.1f} s to {end:6.1f} s  {step.text}")
    path = picture or Path(f"{record.key}.jpg")
    _show_clip(clip, path)
    print(f"picture: {path}")
    return DONE


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
            shown: list[list[int]] = task.expected["spans"]
            print(f"    answer    {task.expected['answer']}")
            print(f"    shown     frames {', '.join(f'{a} to {b - 1}' for a, b in shown)}")
    _save(clip_sheets.sheet(clip), path)


def _save(picture: Image.Image, path: Path) -> None:
    """Write a picture in the format that its name says."""
    picture.convert("RGB").save(path, quality=contact_sheets.QUALITY)


def _tell(example: Example) -> None:
    task = example.task
    done = ", ".join(a.kind for a in task.actions)
    print(f"{task.key}  [{task.style}, {done}]  {task.text}")
    for target in task.targets:
        element = next(e for e in example.scene.elements if e.id == target.element)
        x, y = target.point
        print(f"    target    {element.id}, {element.role} “{element.name}”, {_box(element.box)}")
        print(f"    accepted  {count(len(target.accept), 'polygon')} around ({x:.2f}, {y:.2f})")
    if "holds" in task.expected:
        print(f"    verified  performed; afterwards {canonical(task.expected['holds'])[:120]}")
    elif "on" in task.expected:
        state = "on" if task.expected["on"] else "off"
        print(f"    verified  {done} with the real mouse turned {task.elements[0]} {state}")
    else:
        print(f"    verified  {done} with the real mouse reached {task.elements[0]}")
    print(f"              the sentence alone leads a resolver to {', '.join(task.elements)}")


def _box(box: tuple[float, float, float, float]) -> str:
    return "(" + ", ".join(f"{v:.1f}" for v in box) + ")"
