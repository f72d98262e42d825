"""The command line and Dagster over it, as a user meets them: a corpus of their own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpuswright.pipelines.cli.main import main
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.releases import manifest
from tests.fixtures.small_samples import toy_release

pytestmark = pytest.mark.browser


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "corpuswright.pipelines.cli.main", *words]
    environment = {**os.environ}
    environment.pop("DAGSTER_HOME", None)
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment, check=False
    )


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    assert run(folder, "init").returncode == 0
    built = run(folder, "build", "my_corpus:CORPUS", "--workers", "1")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "2 samples with" in built.stdout and "next:" in built.stdout
    return folder


def test_init_gives_a_corpus_that_builds_and_loads(mine: Path):
    examples = list(Loader.open(mine / "corpora", "my_corpus", seed=1))
    assert len(examples) >= 8
    for example in examples:
        assert example.image.size == example.scene.size
        x, y = example.task.targets[0].point
        assert 0 <= x < example.image.width and 0 <= y < example.image.height


def test_a_second_build_does_nothing(mine: Path):
    again = run(mine, "build", "my_corpus:CORPUS")
    assert again.returncode == 0 and "nothing to do" in again.stdout


def test_status_show_sample_and_verify(mine: Path):
    status = run(mine, "status", "my_corpus:CORPUS", "--json")
    counts = json.loads(status.stdout)["counts"]
    assert counts["page"] == {"kept": 1, "rejected": 0} and counts["scene"]["kept"] == 2
    sampled = run(mine, "sample", "my_corpus:CORPUS", "--number", "3", "--html", "look.html")
    key = sampled.stdout.split()[0]
    assert (mine / "look.html").read_text().count("<img") == 3
    shown = run(mine, "show", key)
    assert shown.returncode == 0 and key in shown.stdout and (mine / f"{key}.jpg").exists()
    assert run(mine, "verify", "my_corpus:CORPUS").returncode == 0
    wrong = run(mine, "sample", "my_corpus:CORPUS", "--reason", "unheard_of")
    assert wrong.returncode == 2 and "unheard_of" in wrong.stderr


def test_the_build_is_in_dagsters_history_with_its_options(mine: Path):
    from dagster import DagsterInstance

    with DagsterInstance.from_config(str(mine / "corpora/.dagster")) as instance:
        (record, *_) = instance.get_runs()
        assert record.job_name == "my_corpus_build" and record.is_success
        assert record.run_config["resources"]["build"]["config"]["workers"] == 1


def test_a_flipped_bit_is_reported_by_verify(mine: Path):
    (shard,) = (mine / "corpora/my_corpus/shards").glob("*.tar")
    whole = shard.read_bytes()
    try:
        shard.write_bytes(whole[:900] + bytes([whole[900] ^ 1]) + whole[901:])
        verified = run(mine, "verify", "my_corpus:CORPUS")
        assert verified.returncode == 1 and "expected sha256" in verified.stdout
    finally:
        shard.write_bytes(whole)


def test_nothing_kept_fails_a_blocking_check_and_releases_nothing(mine: Path, tmp_path: Path):
    (tmp_path / "empty.html").write_text("<!doctype html><title>e</title>")
    built = run(mine, "build", "my_corpus:CORPUS", "--source", str(tmp_path), "--out", "empty")
    assert built.returncode == 3
    assert (
        "something_is_kept did not hold" in built.stderr and "nothing was released" in built.stderr
    )
    assert not (mine / "empty/my_corpus/latest").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "no_such"], "no corpus 'no_such': expected one of grounding_gui, "),
        (["build", "lenss"], "did you mean lens?"),
        (["build", "lens", "--sampels", "3"], "Did you mean --samples?"),
        (["build", "lens", "--samples", "0"], "--samples"),
        (["build", "lens", "--samples", "1.5"], "expected a whole number, saw '1.5'"),
        (["ui", "--port", "99999999"], "Must be < 65536"),
        (["review", "lens", "--port", "70000"], "Must be < 65536"),
        (["build", "grounding_gui", "--engine", "sparc"], 'Did you mean "spark"?'),
        (["bild", "lens"], 'Did you mean "build"?'),
        (["status", "lens", "--out", __file__], "not a directory"),
        (["build", "flashbench", "--out", __file__], "not a directory"),
        (["delete", "lens"], "expected one of --key, --source, --author, --licence; saw none"),
        (["build", "lens", "--source", "/no/such"], "expected a folder of images"),
        (["build", "no.such:THING"], "expected a corpus at no.such:THING"),
        (["build", "grounding_gui", "--set", "variants"], "expected NAME=JSON"),
        (["build", "grounding_gui", "--set", "varients=1"], "has no ['varients']"),
        (["build", "grounding_gui", "--partition", "7"], "expected 000 to 099"),
        (["build", "grounding", "--set", "states=1"], "not all parts of grounding have ['states']"),
        (["build", "grounding", "--source", "."], "they belong to its parts"),
        (["show", "nonsense"], "expected a key"),
    ],
)
def test_bad_arguments_exit_with_two_and_say_what_was_expected(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
):
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Be somebody whom files' modes bind: root may read and write everything."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.mark.parametrize(
    "words",
    [
        ["status", "toy", "--out", "store"],
        ["verify", "toy", "--out", "store"],
        ["show", "toy-00000001-0000", "--out", "store"],
        ["sample", "toy", "--out", "store"],
        ["export", "toy", "--format", "coco", "--out", "store", "--to", "new"],
        ["sweep", "toy", "--keep", "1", "--out", "store"],
        ["init", "locked/mine"],
    ],
    ids=lambda words: words[0],
)
def test_what_nobody_may_read_or_write_is_said_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
):
    monkeypatch.chdir(tmp_path)
    toy_release(tmp_path / "store")
    (tmp_path / "locked").mkdir()
    locked = tmp_path / ("locked" if words[0] == "init" else "store/toy")
    with nobody():
        main(["init", "x" * 300])  # what is imported late is there
    capsys.readouterr()
    locked.chmod(0)
    try:
        with nobody():
            assert main(words) == 2
    finally:
        locked.chmod(0o700)
    (line,) = capsys.readouterr().err.splitlines()
    assert "permission denied" in line and locked.name in line


def test_a_store_of_another_version_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    made = toy_release(tmp_path)
    path = manifest.folder(tmp_path, made.corpus, made.plan) / "manifest.json"
    plain = json.loads(path.read_text())
    path.write_text(json.dumps({n: v for n, v in plain.items() if n != "counts"}))
    assert main(["status", made.corpus, "--out", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "another version" in line and str(path) in line


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]):
    for name in "list init fetch build status show sample verify ui".split():
        assert main([name, "--help"]) == 0
        assert name in capsys.readouterr().out
