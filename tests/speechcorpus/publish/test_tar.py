"""Archives: the golden header, and the virtual archive against the standard library's."""

import io
import tarfile

from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.publish.tar import Member, TarWriter, VirtualTar, pieces_of, tar_header

# POSIX.1-1988, by hand: name, mode, uid, gid, size (octal), mtime, checksum, type, magic
GOLDEN = (
    b"demo-1.0.0/VERSION".ljust(100, b"\0")
    + b"0000644\0" b"0000000\0" b"0000000\0" b"00000000006\0" b"00000000000\0"
    + b"%s" + b"0" + bytes(100) + b"ustar\x0000" + bytes(32) + bytes(32) + bytes(8) + bytes(8) + bytes(155)
    + bytes(12)
)  # fmt: skip


def archive_of(files):
    members = [
        Member(path=name, size=len(data), open=lambda data=data: io.BytesIO(data))
        for name, data in sorted(files.items())
    ]
    return VirtualTar(members)


def by_the_library(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_the_header_is_the_golden_one():
    summed = sum(GOLDEN.replace(b"%s", b" " * 8))
    assert tar_header("demo-1.0.0/VERSION", 6) == GOLDEN.replace(b"%s", b"%06o\0 " % summed)


NAMES = st.from_regex(r"[a-z]{1,8}/[a-z0-9]{1,12}\.flac", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=1500), min_size=1, max_size=6)


@given(FILES)
def test_a_virtual_archive_is_the_archive_that_tarfile_writes(files):
    archive = archive_of(files)
    assert b"".join(pieces_of(archive)) == by_the_library(files)
    assert archive.size == len(by_the_library(files))


@given(FILES, st.data())
def test_any_byte_range_of_it_is_that_range(files, data):
    archive, whole = archive_of(files), by_the_library(files)
    start = data.draw(st.integers(0, len(whole)))
    size = data.draw(st.integers(0, len(whole)))
    archive.seek(start)
    assert archive.read(size) == whole[start : start + size]


@given(st.from_regex(r"[!-~]{1,100}", fullmatch=True), st.integers(0, 8**11 - 1))
def test_every_header_is_the_one_that_tarfile_writes(name, size):
    info = tarfile.TarInfo(name)
    info.size = size
    assert tar_header(name, size) == info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


@settings(max_examples=30)
@given(FILES)
def test_an_archive_written_member_by_member_is_the_one_that_tarfile_writes(files):
    buffer = io.BytesIO()
    tar = TarWriter(buffer)
    for name, data in sorted(files.items()):
        tar.add(name, data)
    tar.finish()
    assert buffer.getvalue() == by_the_library(files)
