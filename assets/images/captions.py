"""Captions of kept images: those that came along, those that a model wrote, and what holds them.

Every caption keeps to rules of form; what a model quotes from an image is looked for by OCR; of
captions that say the same one stays. Whoever breaks a rule loses the caption, not the image.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image
from pydantic import field_validator

from corpuswright.annotators.captions import images
from corpuswright.annotators.captions.images import Caption, Kind
from corpuswright.annotators.llm import batch_files, model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.model_file import Model, ModelError
from corpuswright.annotators.llm.requests import Answer, Question
from corpuswright.assets.builds import progress, spark
from corpuswright.assets.curation import hash_pairs
from corpuswright.assets.images.rows import ImageRow
from corpuswright.quality.images import caption_rules, minhash
from corpuswright.renderers import ocr
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.media import decoder
from corpuswright.storage.media.captions import GIVEN, NUMBERS, WrittenCaption, load
from corpuswright.storage.records import Json
from corpuswright.storage.shards import webdataset

VERSION = images.VERSION * 10000 + caption_rules.VERSION * 100 + minhash.VERSION
SAME = "caption_near_duplicate"
AREA = 2048 * 2048  # px on which OCR looks for quotations: letters of a thousandth of the side


def answers(kept: pa.Table) -> dict[str, list[str]]:
    """Return, by key, the answers in the ledger that images' captions come from."""
    columns = (kept.column(c).to_pylist() for c in ("key", "captions"))
    found = {
        k: [c.answer for c in load(cell) if c.answer] for k, cell in zip(*columns, strict=True)
    }
    return {k: a for k, a in found.items() if a}


def plan_part(model: Model, style: str) -> Json:
    """Return what of a model decides captions; its address and its price do not."""
    return {
        "name": model.endpoint.model,
        "max_tokens": model.endpoint.max_tokens,
        "prompts": {k: p.sha256 for k, p in sorted(images.PROMPTS.items())},
        "style": style,
        "version": VERSION,
    }


def given(text: str) -> WrittenCaption:
    """Return a caption that came with its image, judged."""
    wrong = caption_rules.check(text)
    said = (wrong.reason, wrong.value) if wrong else ("", "")
    return WrittenCaption(GIVEN, "given", text.strip(), *said)


class _Dense(Caption):
    @field_validator("caption")
    @classmethod
    def _keeps_to_rules(cls, text: str) -> str:
        return _checked(text, "dense")


class _Brief(Caption):
    @field_validator("caption")
    @classmethod
    def _keeps_to_rules(cls, text: str) -> str:
        return _checked(text, "brief")


_SCHEMAS: dict[Kind, type[Caption]] = {"dense": _Dense, "brief": _Brief}


def _checked(text: str, kind: str) -> str:
    wrong = caption_rules.check(text, kind)
    if wrong:  # so that the model is told, once
        raise ValueError(f"{wrong.reason}: {wrong.value}")
    return text


# --- asking a model ------------------------------------------------------------------------------


def written(
    session: Any,
    asking: Client,
    model: Model,
    rows: Sequence[ImageRow],
    style: str,
    name: str,
    before: pa.Table,
) -> dict[str, WrittenCaption]:
    """Return, by key, a model's caption for each row's image, judged.

    `before` are those of earlier partitions (`earlier`): one that says the same is refused.

    Raises:
        ModelError: As `ask`.
    """
    made = ask(asking, model, rows, style, name)

    def refuse(reason: str, wrong: Mapping[str, str]) -> None:
        made.update({k: made[k]._replace(reason=reason, value=v) for k, v in wrong.items()})

    quoting = [r for r in rows if caption_rules.quotations(made[r["key"]].text)]
    texts = [made[r["key"]].text for r in quoting]
    refuse("caption_quotes_unseen", unseen(session, quoting, texts))
    old = [
        (k, t)
        for k, t in zip(*(before.column(c).to_pylist() for c in ("key", "text")), strict=True)
    ]
    good = old + sorted((k, w.text) for k, w in made.items() if not w.reason)
    alike = same(session, [k for k, _ in good], [t for _, t in good])
    refuse(SAME, {k: head for k, head in alike.items() if k in made})
    return made


KEPT = pa.schema([(n, pa.string()) for n in ("id", "key", "text")])  # what later ones must not say


def of_models(kept: pa.Table) -> pa.Table:
    """Return the captions that models wrote of images that are kept, as KEPT."""
    columns = (kept.column(c).to_pylist() for c in ("id", "key", "captions"))
    rows = [
        (id_, key, c.text)
        for id_, key, cell in zip(*columns, strict=True)
        for c in load(cell)
        if c.model and not c.reason
    ]
    return pa.Table.from_pylist([dict(zip(KEPT.names, r, strict=True)) for r in rows], schema=KEPT)


def earlier(folder: Path, partition: str) -> pa.Table:
    """Return models' captions of earlier partitions, from `<partition>.captions` of a folder."""
    paths = [p for p in sorted(folder.glob("*.captions")) if p.stem < partition]
    found = [webdataset.read_parquet(p.read_bytes()) for p in paths]
    return pa.concat_tables([KEPT.empty_table(), *found])


def ask(
    asking: Client, model: Model, rows: Sequence[ImageRow], style: str, name: str
) -> dict[str, WrittenCaption]:
    """Return, by key, a model's caption for each row's image; asks what is not on record.

    Args:
        asking: The client over the store's ledger.
        model: Whom to ask; with `batch`, by files.
        rows: Kept images: their references, `key`, `sha256`.
        style: One of `captions.images.STYLES`.
        name: What the questions belong to, for messages.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    if not (ocr.available() and importlib.util.find_spec("py3langid")):
        raise ModelError(
            f"{name}: captions are read back by OCR and py3langid, which are not both installed: "
            "pip install 'corpuswright[scores]'"
        )
    model_file.wants_images(model, name)
    if model.batch is not None and model.mode == "live":
        _by_files(asking, Path(model.batch), lambda: _questions(rows, style), name)
    out: dict[str, WrittenCaption] = {}
    with progress.bar(f"{name} captions", len(rows)) as bar:
        for chunk in model_file.chunks(rows):
            asked = list(_questions(chunk, style))
            if model.batch is not None:
                _all_answered(asking, asked, model.batch, name)
            answers = model_file.answers_of(asking, asked, name)
            for q in asked:
                out[q.id] = _written(answers[q.id], images.kind_of(q.id, style), model)
            bar.update(len(chunk))
    return out


def _questions(rows: Iterable[ImageRow], style: str) -> Iterator[Question]:
    for row in rows:
        kind = images.kind_of(row["key"], style)
        image = images.sent(_image(row, images.SIDE**2))
        yield images.question(row["key"], kind, image, _SCHEMAS[kind], caption_rules.VERSION)


def _image(row: ImageRow, area: int) -> Image.Image:
    where = references.of_row(row)
    return decoder.decoded(references.data(where, decoder.MAX_BYTES), area)[1]


def _written(answer: Answer, kind: Kind, model: Model) -> WrittenCaption:
    origin = (model.endpoint.model, images.PROMPTS[kind].sha256, answer.key)
    if not isinstance(answer.value, Caption):
        return WrittenCaption(NUMBERS[kind], kind, "", "no_caption", answer.reason, *origin)
    return WrittenCaption(NUMBERS[kind], kind, answer.value.caption.strip(), "", "", *origin)


def _by_files(
    asking: Client, folder: Path, questions: Callable[[], Iterable[Question]], name: str
) -> None:
    """Read answers of a batch that are there, and write a file of what is still to be asked."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.answers.jsonl")):
        with path.open(encoding="utf-8") as lines:
            endings = batch_files.read(asking, questions(), lines)
        print(f"{name}: {path.name}: {', '.join(f'{n} {e}' for e, n in sorted(endings.items()))}")
    lines = list(_unasked(asking, folder, questions()))
    if lines:
        path = folder / f"{name}-{len(list(folder.glob('*.questions.jsonl'))):03d}.questions.jsonl"
        part = path.with_suffix(".part")
        part.write_text("".join(lines), "utf-8")
        part.replace(path)
        print(f"{name}: {len(lines)} questions written to {path}")


def _unasked(asking: Client, folder: Path, questions: Iterable[Question]) -> Iterator[str]:
    """Yield lines of questions that no file has yet; those that ended otherwise are asked live.

    What a killed run had taken from the budget without writing its line is written now.
    """
    named = {
        json.loads(line)["custom_id"]
        for path in folder.glob("*.questions.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    for q in questions:
        key = asking.key_of(q)
        if key in named or asking.ledger.find(key) is not None:
            continue
        if asking.ledger.in_flight(key) is not None:
            yield batch_files.line(asking, q)
        else:
            yield from batch_files.write(asking, [q])


def _all_answered(asking: Client, asked: Sequence[Question], folder: str, name: str) -> None:
    open_ = [q for q in asked if asking.ledger.in_flight(asking.key_of(q)) is not None]
    if open_:
        raise ModelError(
            f"{name}: answers to the questions in {folder} are awaited: put them there as "
            "*.answers.jsonl and run the same command again; nothing is lost"
        )


# --- what is checked on Spark --------------------------------------------------------------------


def unseen(session: Any, rows: Sequence[ImageRow], texts: Sequence[str]) -> dict[str, str]:
    """Return, by key, what captions quote that OCR does not find in their images."""
    if not rows:
        return {}
    columns = ("key", *Reference._fields)
    table = pa.Table.from_pylist([{c: r[c] for c in columns} for r in rows])
    table = table.append_column("text", pa.array(texts))
    frame = spark.frame(session, table).repartition(
        min(len(rows), 4 * session.sparkContext.defaultParallelism)
    )
    found = frame.mapInArrow(_read, "key string, seen string").toArrow().to_pylist()
    return {r["key"]: r["seen"] for r in found}


def _read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for rows in batches:
        for row in rows.to_pylist():
            lines = [line.text for line in ocr.lines(_image(row, AREA))]
            wrong = caption_rules.unread(row["text"], lines)
            if wrong:
                yield pa.RecordBatch.from_pylist([{"key": row["key"], "seen": wrong.value}])


def same(session: Any, keys: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Return, by key, whose caption says the same: of a group the first one's stays.

    `keys` are in order.
    """
    if len(keys) < 2:
        return {}
    table = pa.table({"id": list(range(len(keys))), "text": list(texts)})
    frame = spark.frame(session, table)
    found = (
        frame.mapInArrow(_banded, "band bigint, id bigint, hashes binary")
        .repartition("band")
        .sortWithinPartitions("band", "id")
        .mapInArrow(_paired, "a bigint, b bigint")
        .distinct()
        .toArrow()
    )
    a, b = (found.column(c).to_numpy() for c in ("a", "b"))
    members, labels = hash_pairs.components(a, b)
    first: dict[int, int] = {}
    out: dict[str, str] = {}
    for n, label in zip(members.tolist(), labels.tolist(), strict=True):  # in key order
        head = first.setdefault(label, n)
        if head != n:
            out[keys[int(n)]] = keys[int(head)]
    return out


def keep_out(
    session: Any, sentences: Sequence[tuple[str, str]], found: dict[str, list[WrittenCaption]]
) -> None:
    """Refuse captions that say what a sentence of a test set says; `found` is by key."""
    own = [
        (f"{key}#{n}", c.text)
        for key, captions in sorted(found.items())
        for n, c in enumerate(captions)
        if not c.reason
    ]
    keys, texts = zip(*sentences, *own, strict=True)
    tests = dict(sentences)
    for name, head in same(session, keys, texts).items():
        if name not in tests and head in tests:
            key, _, n = name.rpartition("#")
            refused = found[key][int(n)]._replace(reason="caption_in_test_set", value=head)
            found[key][int(n)] = refused


def _banded(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for rows in batches:
        for id_, text in zip(
            rows.column("id").to_pylist(), rows.column("text").to_pylist(), strict=True
        ):
            hashes = minhash.shingles(text)
            keys = minhash.bands(minhash.signature(hashes))
            yield pa.RecordBatch.from_arrays(
                [
                    pa.array(keys),
                    pa.array(np.full(len(keys), id_, np.int64)),
                    pa.array([hashes.tobytes()] * len(keys)),
                ],
                names=["band", "id", "hashes"],
            )


def _paired(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    ids, sets, band = list[int](), list[minhash.Hashes](), None
    for rows in batches:
        columns = (rows.column(c).to_pylist() for c in ("band", "id", "hashes"))
        for key, id_, hashes in zip(*columns, strict=True):
            if key != band:
                yield from _edges(ids, sets)
                ids, sets, band = [], [], key
            ids.append(id_)
            sets.append(np.frombuffer(hashes, np.uint64))
    yield from _edges(ids, sets)


def _edges(ids: Sequence[int], sets: list[minhash.Hashes]) -> Iterator[pa.RecordBatch]:
    found = [(ids[i], ids[j]) for i, j in minhash.like(sets)] if len(ids) > 1 else []
    if found:
        yield pa.RecordBatch.from_pylist([{"a": i, "b": j} for i, j in found])
