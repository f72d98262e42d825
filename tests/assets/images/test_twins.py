"""Of copies of one picture the truest is kept, with what is said of any of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from corpuswright.assets.curation import deletion
from corpuswright.assets.images import lens
from corpuswright.assets.images.twins import inherited
from corpuswright.storage import samples
from corpuswright.storage.build_state.tombstones import Selection
from tests.assets.images.test_lens import build, ended, loaded, records
from tests.fixtures.synthetic_images import jpeg
from tests.quality.images.test_fidelity import picture, scaled

OWN = {"licence": "unstated", "author": "unstated", "url": "", "retrieved": "", "caption": ""}


@pytest.mark.spark
def test_the_truest_copy_stays_and_takes_over_what_is_said_of_others(tmp_path: Path):
    source, store = tmp_path / "source", tmp_path / "store"
    source.mkdir()
    rows = ["path,licence,author,url,caption"]
    for n in range(4):
        image = picture(100 + n)
        copies: dict[str, Image.Image] = {
            f"{n}_own": image,
            f"{n}_large": scaled(image, 2, Image.Resampling.BICUBIC),
            f"{n}_grey": image.convert("L"),
        }
        for name, copy in copies.items():
            (source / f"{name}.jpg").write_bytes(jpeg(copy))
        (source / f"{n}_poor.jpg").write_bytes(jpeg(image, 15))
        rows += [
            f'{n}_large.jpg,CC-BY-NC-4.0,Ada {n},https://a.example/{n},"A hill, and a lake {n}."',
            f"{n}_grey.jpg,CC0-1.0,,,",
        ]
    (source / "credits.csv").write_text("\n".join(rows) + "\n")
    build(source, store, recipe={"min_clarity": 0, "min_entropy": 0})
    kept = [r for r in records(store).values()]
    assert len(kept) == 4, {o.source: (o.outcome, o.reason) for o in ended(store).values()}
    for record in kept:
        body = samples.read(record.files["json"])
        (origin,) = body.spec.sources
        n = origin.uri.removeprefix("source/")[0]
        large = f"source/{n}_large.jpg"
        assert origin.uri == f"source/{n}_own.jpg"
        assert (origin.licence, origin.author) == ("CC-BY-NC-4.0", f"Ada {n}")
        assert body.spec.parameters["url"] == f"https://a.example/{n}"
        assert [t.text for t in body.tasks] == [f"A hill, and a lake {n}."]
        taken = body.spec.parameters["inherited"]
        assert taken == dict.fromkeys(("author", "caption", "licence", "url"), large)
    deletion.delete(lens.CORPUS, store, Selection("author", "Ada 2"))
    left = {samples.read(r.files["json"]).spec.sources[0].author for r in records(store).values()}
    assert left == {"Ada 0", "Ada 1", "Ada 3"} and loaded(store).counts["scene"]["kept"] == 3


@pytest.mark.parametrize(
    ("kept", "others", "wanted"),
    [
        ({}, [{}], {}),
        ({"author": "A"}, [{"author": "B"}], {}),
        ({}, [{"author": "B", "uri": "z"}, {"author": "C", "uri": "b"}], {"author": "C"}),
        ({"author": "me"}, [{"author": "B"}], {"author": "B"}),  # by --author: nobody said so
        ({"licence": "CC-BY-4.0"}, [{"licence": "CC0-1.0"}], {}),
        ({"licence": "CC0-1.0"}, [{"licence": "CC-BY-NC-4.0"}], {"licence": "CC-BY-NC-4.0"}),
        ({"licence": "CC-BY-4.0"}, [{"licence": "MIT"}], {}),
        ({"caption": "x"}, [{"caption": "y"}], {}),
    ],
)
def test_what_a_kept_copy_takes_over(kept: dict, others: list[dict], wanted: dict):
    rows = [{**OWN, "uri": f"u{i}", **r} for i, r in enumerate(others)]
    found = inherited({**OWN, "uri": "a", **kept}, rows, "me")  # type: ignore[arg-type]
    assert {k: v for k, v in found.items() if k != "inherited"} == wanted
    assert bool(found["inherited"]) == bool(wanted)
