"""Reading what anybody may have made: exactly our bytes, in one pass, and nothing more than was promised."""

import gzip
import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.archives import GZIP_HEADER, gzip_fault, members
from speechcorpus.publish.lhotse import gzipped
from speechcorpus.publish.tar import BLOCK, TarWriter

FILES = (("a.flac", b"fLaC" * 200), ("a.json", b"{}\n"), ("b.flac", b"x" * 512), ("b.json", b""))


def archive():
    buffer = io.BytesIO()
    tar = TarWriter(buffer)
    for name, data in FILES:
        tar.add(name, data)
    tar.finish()
    return buffer.getvalue()


WHOLE = archive()
DATA_BYTES = {*range(512, 1312), *range(2048, 2051), *range(3072, 3584)}  # of members; headers lie before


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("archives") / "a.tar"


def test_what_was_written_is_read_in_order(path):
    path.write_bytes(WHOLE)
    assert [(found.path, found.read(1000)) for found in members(path)] == list(FILES)
    assert [(found.path, found.offset) for found in members(path)][1] == ("a.json", BLOCK + 1024)


@settings(max_examples=60)
@given(at=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_every_bit_outside_the_members_own_bytes_counts(path, at, bit):
    touched = bytearray(WHOLE)
    touched[at] ^= 1 << bit
    path.write_bytes(touched)
    if at in DATA_BYTES:
        assert len([found.read(1000) for found in members(path)]) == len(FILES)
    else:
        with pytest.raises(ReleaseError, match=r"byte \d+"):
            list(members(path))


@settings(max_examples=30)
@given(length=st.integers(0, len(WHOLE) - 1))
def test_an_archive_cut_off_anywhere_is_refused(path, length):
    path.write_bytes(WHOLE[:length])
    with pytest.raises(ReleaseError, match=r"byte \d+"):
        list(members(path))


def test_a_text_larger_than_allowed_is_not_read(path):
    path.write_bytes(WHOLE)
    with pytest.raises(ReleaseError, match=r"'a[.]flac' is larger than 100 bytes"):
        next(members(path)).read(100)


def test_a_gzip_file_begins_with_the_golden_header_whatever_the_clock_says(path):
    data = b"".join(gzipped(iter([b"a\n"])))
    assert data[:10] == GZIP_HEADER == bytes.fromhex("1f 8b 08 00 00000000 00 ff")
    assert gzip.decompress(data) == b"a\n"
    path.write_bytes(data)
    assert gzip_fault(path, largest=2) is None
    assert gzip_fault(path, largest=1) == "inflates to more than 1 bytes"


def test_a_bomb_is_stopped_when_more_comes_out_than_there_can_be(path):
    path.write_bytes(b"".join(gzipped(bytes(1 << 20) for _ in range(64))))
    tracemalloc.start()
    try:
        assert gzip_fault(path, largest=4 << 20) == "inflates to more than 4194304 bytes"
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
