import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.storage.shards import tar

names = st.from_regex(r"[a-z0-9_-]{1,60}\.[a-z]{1,4}", fullmatch=True)
files = st.lists(st.tuples(names, st.binary(max_size=3000)), max_size=6, unique_by=lambda f: f[0])


def written(members: list[tuple[str, bytes]]) -> bytes:
    return b"".join(tar.member(n, d) for n, d in members) + tar.END


@given(files)
def test_tarfile_reads_what_we_write(members: list[tuple[str, bytes]]):
    with tarfile.open(fileobj=io.BytesIO(written(members))) as reference:
        seen = [(m.name, reference.extractfile(m).read()) for m in reference]  # type: ignore[union-attr]
        assert seen == members
        assert all((m.mtime, m.uid, m.mode) == (0, 0, 0o644) for m in reference)


@given(files)
def test_we_read_what_tarfile_writes(members: list[tuple[str, bytes]]):
    path = Path(f"/tmp/corpuswright-tar-{id(members)}")
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as reference:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            reference.addfile(info, io.BytesIO(data))
    try:
        whole = path.read_bytes()
        seen = [(m.name, whole[m.offset : m.offset + m.length]) for m in tar.members(path)]
        assert seen == members
    finally:
        path.unlink()


@pytest.mark.parametrize("name", ["", "x" * 101, "é" * 51])
def test_names_that_ustar_cannot_hold_are_refused(name: str):
    with pytest.raises(tar.TarError, match="1 to 100 bytes"):
        tar.header(name, 1)


@pytest.mark.parametrize("cut", [1, 511, 600, 1100, 1600])
def test_a_truncated_tar_says_where_it_ends(tmp_path: Path, cut: int):
    path = tmp_path / "a.tar"
    path.write_bytes(written([("a.txt", b"x" * 600)])[:cut])
    with pytest.raises(tar.TarError, match=r"a\.tar.*(ends at|no tar header)"):
        list(tar.members(path))


@given(st.integers(0, 511), st.integers(1, 255))
def test_a_flipped_header_byte_is_noticed(place: int, change: int):
    data = bytearray(written([("a.txt", b"payload")]))
    data[place] = (data[place] + change) % 256
    path = Path(f"/tmp/corpuswright-flip-{place}-{change}")
    path.write_bytes(data)
    try:
        try:
            seen = list(tar.members(path))
        except tar.TarError:
            return
        # Spaces and NULs around a checksum's digits may differ without changing what it says.
        assert 148 <= place < 156 and seen == [tar.Member("a.txt", 512, 7)]
    finally:
        path.unlink()
