"""Manifests are held against themselves and against the store before anything trusts them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpuswright.pipelines.cli.main import main
from corpuswright.storage.keys import sha256
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest, manifest_format
from corpuswright.storage.releases.manifest_format import OtherVersion, ReleaseError
from tests.fixtures.small_samples import toy_release

Spoil = Callable[[dict[str, Any]], object]


def path_of(store: Path, made: Release) -> Path:
    return manifest.folder(store, made.corpus, made.plan) / "manifest.json"


def spoiled(store: Path, made: Release, spoil: Spoil, *, hashed: bool = False) -> Path:
    """Change a manifest; with `hashed`, as somebody who knows how its hash is made."""
    path = path_of(store, made)
    plain = json.loads(path.read_text())
    spoil(plain)
    if hashed:
        text = json.dumps(
            plain["shards"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        plain["shards_sha256"] = sha256(text)
    path.write_text(json.dumps(plain))
    return path


def drop(plain: dict[str, Any]) -> None:
    plain["shards"].pop()


@pytest.mark.parametrize(
    ("spoil", "kind", "said"),
    [
        (lambda p: p.update(format=2), OtherVersion, "saw format 2"),
        (lambda p: p.update(format="1"), OtherVersion, "saw format '1'"),
        (lambda p: p.pop("format"), OtherVersion, "corpuswright upgrade"),
        (lambda p: p.update(weights={}), OtherVersion, "'weights'"),
        (lambda p: p["shards"][0].update(codec="x"), OtherVersion, "'codec'"),
        (lambda p: p["shards"][0].pop("tasks"), OtherVersion, "no tasks"),
        (lambda p: p.pop("shards_sha256"), OtherVersion, "no shards_sha256"),
        (drop, ReleaseError, "was taken out"),
        (lambda p: p["shards"].append(p["shards"][0]), ReleaseError, "put in"),
        (lambda p: p["shards"][0].update(samples=1), ReleaseError, "changed"),
        (lambda p: p["counts"]["scene"].update(kept=7), ReleaseError, "counts 7 scenes"),
        (lambda p: p["counts"]["task"].update(kept=7), ReleaseError, "counts 7 tasks"),
        (lambda p: p["files"].update({"../a": "0" * 64}), ReleaseError, "'../a'"),
        (lambda p: p["files"].update({"a/../../b": "0" * 64}), ReleaseError, "names of files"),
        (lambda p: p["files"].update({"/etc/passwd": "0" * 64}), ReleaseError, "'/etc/passwd'"),
        (lambda p: p.update(corpus="other"), ReleaseError, "saw"),
        (lambda p: p.update(corpus="../toy"), ReleaseError, "'../toy'"),
        (lambda p: p.update(plan="0" * 16), ReleaseError, "0000000000000000 of toy"),
        (lambda p: p.clear(), OtherVersion, "before formats"),
    ],
)
def test_a_manifest_that_does_not_hold_is_refused(
    tmp_path: Path, spoil: Spoil, kind: type[ReleaseError], said: str
):
    made = toy_release(tmp_path)
    path = spoiled(tmp_path, made, spoil)
    with pytest.raises(kind) as refused:
        manifest.load(tmp_path, "toy", made.plan)
    assert said in str(refused.value) and str(path) in str(refused.value)
    with pytest.raises(ReleaseError):
        Loader.open(tmp_path, "toy", made.plan)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.tar", "toy/shards/../../../x.tar", "/toy/shards/x.tar",
        "toy/shards/x.tar ", " toy/shards/x.tar", "toy/shards/x.tar\n", "toy/shards/x\0.tar",
        "toy\\shards\\x.tar", "toy/shards/.tar", "toy/shards//x.tar", "toy/shards/x.tar/", "",
        "C:/shards/x.tar", "toy/shards/ſ.tar", "file:///toy/shards/x.tar", "toy/shards/x.zip",
    ],
)  # fmt: skip
def test_a_shard_lies_in_the_store(tmp_path: Path, name: str):
    made = toy_release(tmp_path)
    spoiled(tmp_path, made, lambda p: p["shards"][0].update(name=name), hashed=True)
    with pytest.raises(ReleaseError, match="names of files of a store"):
        manifest.load(tmp_path, "toy")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (drop, "it counts 30 scenes, its shards hold"),
        (lambda p: p["shards"].append(p["shards"][0]), "its shards hold"),
        (lambda p: p["shards"][0].update(first_key="zz"), "which no shard has"),
    ],
)
def test_a_hash_made_anew_does_not_help(tmp_path: Path, spoil: Spoil, said: str):
    made = toy_release(tmp_path)
    spoiled(tmp_path, made, spoil, hashed=True)
    with pytest.raises(ReleaseError, match=said):
        manifest.load(tmp_path, "toy")


@pytest.mark.parametrize(
    ("field", "value"), [("first_key", "toy-0"), ("last_key", "toy-f"), ("bytes", 512)]
)
def test_verify_holds_a_manifest_against_its_shards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str, value: object
):
    made = toy_release(tmp_path)
    assert main(["verify", "toy", "--out", str(tmp_path)]) == 0
    spoiled(tmp_path, made, lambda p: p["shards"][0].update({field: value}), hashed=True)
    assert main(["verify", "toy", "--out", str(tmp_path)]) == 1
    assert f"expected {field.replace('_', ' ')}" in capsys.readouterr().out


def test_an_older_store_is_upgraded_by_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    made = toy_release(tmp_path)
    today = path_of(tmp_path, made).read_bytes()

    def older(plain: dict[str, Any]) -> None:
        del plain["format"], plain["shards_sha256"]

    spoiled(tmp_path, made, older)
    assert main(["verify", "toy", "--out", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "corpuswright upgrade" in line
    assert main(["upgrade", "toy", "--out", str(tmp_path)]) == 0
    assert "1 release upgraded" in capsys.readouterr().out
    assert path_of(tmp_path, made).read_bytes() == today
    assert main(["upgrade", "toy", "--out", str(tmp_path)]) == 0
    assert main(["verify", "toy", "--out", str(tmp_path)]) == 0
    spoiled(tmp_path, made, lambda p: p.update(format=9))
    assert main(["upgrade", "toy", "--out", str(tmp_path)]) == 2
    assert manifest_format.FORMAT == 1
