"""The wheel holds every folder, and the import direction is what the design says."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_wheel_imports_without_the_checkout(tmp_path: Path):
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        names = archive.namelist()
    assert {
        "corpuswright/renderers/browser/measure.js",
        "corpuswright/renderers/apps/js/photo.js",
        "corpuswright/annotators/llm/templates/wording.md",
        "corpuswright/storage/py.typed",
    } <= set(names)
    assert not [n for n in names if n.startswith(("tests/", "deploy/"))]
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    code = {n for n in tracked if not n.startswith(("tests/", "deploy/"))}
    assert code == {n.removeprefix("corpuswright/") for n in names if n.endswith(".py")}
    code = (
        "import sys; sys.meta_path = [m for m in sys.meta_path if 'editable' not in repr(m)]\n"
        "import corpuswright.assets.grounding.gui as g, corpuswright.pipelines.cli.make.build\n"
        "print(g.__file__)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.startswith(str(site)), run.stdout + run.stderr


def test_no_file_carries_a_path_of_this_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if (
            path.is_file()
            and not path.is_symlink()
            and path.suffix in (".py", ".md", ".toml", ".sh")
        ):
            assert f"{ROOT}/" not in path.read_text(), name
