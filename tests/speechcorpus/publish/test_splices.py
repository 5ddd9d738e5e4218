"""Bytes of a container are found where they already are, and never beyond what may be named."""

import hashlib

from speechcorpus.publish.splices import Literal, Pool, Region, Run, Windows, spliced


def flac(seed: int) -> bytes:
    return b"fLaC" + hashlib.shake_128(b"%d" % seed).digest(900)


def found(tmp_path, container: bytes, known: bytes, *, start=0, end=None, base=0):
    (tmp_path / "new").write_bytes(container)
    (tmp_path / "old").write_bytes(known)
    windows = Windows()
    pool = Pool(windows)
    end = len(known) if end is None else end
    pool.add(Region(kind="data", name="x", place=tmp_path / "old", start=start, end=end, base=base))
    parts = spliced(tmp_path / "new", [pool], windows)
    windows.close()
    return parts


def test_a_run_goes_as_far_as_the_bytes_are_equal_in_both_directions(tmp_path):
    known = b"head." + b"same" + flac(1) + b"same." + b"tail"
    container = b"HEAD!" + b"same" + flac(1) + b"same." + b"TAIL"
    ahead = Run(kind="data", name="x", offset=5, length=4 + 904 + 5)
    assert found(tmp_path, container, known) == [Literal(start=0, end=5), ahead, Literal(start=918, end=922)]


def test_a_run_never_leaves_the_region_that_can_be_named(tmp_path):
    known = container = b"before" + flac(1) + b"behind"
    (first, run, last) = found(tmp_path, container, known, start=4, end=len(known) - 4, base=100)
    assert (first, last) == (Literal(start=0, end=4), Literal(start=912, end=916))
    assert run == Run(kind="data", name="x", offset=100, length=908)


def test_a_run_ends_before_a_flac_that_begins_like_the_old_one(tmp_path):
    parts = found(tmp_path, flac(1) + flac(2), flac(1) + flac(3))
    assert parts == [Run(kind="data", name="x", offset=0, length=904), Literal(start=904, end=1808)]


def test_what_only_looks_like_the_beginning_of_a_flac_is_a_literal(tmp_path):
    assert found(tmp_path, b"fLaC fLaC", b"fLaC") == [Literal(start=0, end=9)]
