"""Every entry of a source has one outcome: links, pipes and what tars hold besides files, too."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.credits import Credits


def listed(root: Path) -> dict[str, str]:
    """Return faults by URI below the source's name."""
    found = [r for part in references.parts(root) for r in references.read(part, Credits(), "", "")]
    assert len({r.uri for r in found}) == len(found)
    return {r.uri.partition("/")[2]: r.fault for r in found}


def test_links_and_pipes_of_a_folder_are_outcomes(tmp_path: Path):
    source, elsewhere = tmp_path / "source", tmp_path / "elsewhere"
    (source / "inner").mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "far.png").write_bytes(b"far")
    (source / "a.png").write_bytes(b"a")
    (source / "linked.png").symlink_to(source / "a.png")
    (source / "outside.png").symlink_to(elsewhere / "far.png")
    (source / "more").symlink_to(elsewhere)
    (source / "inner/round").symlink_to(source)
    (source / "gone.png").symlink_to(source / "nothing.png")
    (source / "gone.tar").symlink_to(source / "nothing.tar")
    (source / "long.png").symlink_to("n" * 255 + "/" + "n" * 255)
    (source / "longer.png").symlink_to("n" * 300)
    os.mkfifo(source / "pipe.png")
    found = listed(source)
    assert {n for n, fault in found.items() if not fault} == {"a.png", "linked.png", "outside.png"}
    faults = {n: fault.split()[0] for n, fault in found.items() if fault}
    assert faults == {
        "more": "linked_folder",
        "inner/round": "linked_folder",
        "gone.png": "link_leads_nowhere",
        "gone.tar": "link_leads_nowhere",
        "pipe.png": "no_regular_file",
        "long.png": "link_leads_nowhere",
        "longer.png": "link_leads_nowhere",
    }


def test_links_and_devices_of_a_tar_are_outcomes(tmp_path: Path):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        info = tarfile.TarInfo("a.png")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
        for name, kind, to in (
            ("soft.png", tarfile.SYMTYPE, "a.png"),
            ("hard.png", tarfile.LNKTYPE, "a.png"),
            ("out.png", tarfile.SYMTYPE, "../../etc/passwd"),
            ("pipe", tarfile.FIFOTYPE, ""),
            ("folder", tarfile.DIRTYPE, ""),
        ):
            more = tarfile.TarInfo(name)
            more.type, more.linkname = kind, to
            tar.addfile(more)
    found = {n.partition("/")[2]: f for n, f in listed(tmp_path).items()}
    assert found == {
        "a.png": "",
        "soft.png": "tar_link to a.png",
        "hard.png": "tar_link to a.png",
        "out.png": "tar_link to ../../etc/passwd",
        "pipe": "no_regular_file a pipe or a device",
    }
