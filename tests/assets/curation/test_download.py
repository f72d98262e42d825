"""lens from a list of URLs: one outcome each, nobody asked twice, what is taken down stays away."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpuswright.assets.curation import download
from corpuswright.assets.curation.deletion import delete
from corpuswright.assets.images import lens
from corpuswright.storage import samples
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.releases import manifest
from tests.assets.images.test_lens import build, ended, loaded, records
from tests.fixtures.synthetic_images import jpeg, texture
from tests.storage.inputs.test_downloader import PAGES, Page, ok, site

pytestmark = pytest.mark.spark

IMAGES: dict[str, list[Page]] = {f"/{n}.jpg": [ok(jpeg(texture(500 + n)))] for n in range(4)}
RECIPE = {"min_clarity": 0, "private_hosts": True, "per_second": 1000.0}


def test_a_list_of_urls_becomes_a_corpus(tmp_path: Path):
    with site({**PAGES, **IMAGES, "/text.jpg": [ok(b"no image")]}) as server:
        urls = [server.url + p for p in (*IMAGES, "/noai", "/secret/a", "/text.jpg", "/none.jpg")]
        rows = [f"{u},CC0-1.0,Ada,A picture of patches.\n" for u in [*urls, urls[0]]]
        path = tmp_path / "urls.csv"
        path.write_text("url,licence,author,caption\n" + "".join(rows))
        made = build(path, tmp_path / "store", recipe=RECIPE)
        found = {k.removeprefix(server.url): o for k, o in ended(tmp_path / "store").items()}
        assert {k: (o.reason, o.stage if o.reason else "") for k, o in found.items()} == {
            **dict.fromkeys(IMAGES, ("", "")), "/noai": ("opted_out", "sources"),
            "/secret/a": ("robots_disallow", "sources"), "/text.jpg": ("not_an_image", "integrity"),
            "/none.jpg": ("not_there", "sources"),
        }  # fmt: skip
        one = next(iter(records(tmp_path / "store").values()))
        body = samples.read(one.files["json"])
        assert str(body.spec.parameters["url"]).startswith(server.url)
        assert body.spec.parameters["retrieved"] and body.spec.sources[0].author == "Ada"
        asked = Counter(server.asked)
        assert made.is_done(["000"])
        (tmp_path / "store/lens/work/000/done.json").unlink()
        build(path, tmp_path / "store", recipe=RECIPE)
        assert server.asked == asked, "nobody is asked twice"

        key = found["/2.jpg"].key
        delete(lens.CORPUS, tmp_path / "store", Selection("key", key))
        build(path, tmp_path / "store", recipe=RECIPE)
        assert server.asked["/2.jpg"] == asked["/2.jpg"], "what is taken down is not asked for"
        assert key not in {o.key for o in ended(tmp_path / "store").values()}
        assert manifest.verify(tmp_path / "store", loaded(tmp_path / "store")) == []


def test_what_is_wrong_with_a_list_is_said(tmp_path: Path):
    (tmp_path / "a.csv").write_text("address\nhttp://x\n")
    with pytest.raises(SourceError, match="expected a column url, saw"):
        download.read(tmp_path / "a.csv", "", "")
    (tmp_path / "b.csv").write_text("url\n")
    with pytest.raises(SourceError, match="found none"):
        download.read(tmp_path / "b.csv", "", "")
    (tmp_path / "c.parquet").write_bytes(b"no parquet")
    with pytest.raises(SourceError, match="expected a list of URLs"):
        download.read(tmp_path / "c.parquet", "", "")
    table = pa.table({"url": ["http://b/1", "http://a/2", None], "width": [1, 2, 3]})
    pq.write_table(table, tmp_path / "d.parquet")
    found = download.read(tmp_path / "d.parquet", "CC0-1.0", "Bea")
    assert found.column("url").to_pylist() == ["http://a/2", "http://b/1"]
    assert set(found.column("licence").to_pylist()) == {"CC0-1.0"}
