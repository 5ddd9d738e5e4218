"""Puts a purged tree in the place of the old one, with its receipt, so that a crash leaves one of the two."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.exchange import aside, exchange
from speechcorpus.publish.purge_receipt import read_receipt
from speechcorpus.publish.signature import SUMS
from speechcorpus.publish.staging import Staging, Written, digest_of
from speechcorpus.publish.tree import Tree

RECEIPT, GONE = "receipt.json", "gone"


def folder_beside(root: Path) -> Path:
    """Return where a purge of `root` writes: on the same disk, out of the way."""
    return root.with_name(f".{root.name}.purging")


def swap_in(root: Path, new: Path, receipt: bytes, place: Path | None) -> None:
    """Let the tree `new`, in `folder_beside(root)`, become `root`; the old one then stands where it was.

    Parameters
    ----------
    place : the file that the receipt becomes, by default one beside the tree

    Raises
    ------
    OSError : neither tree has moved
    """
    with _received(root, receipt, place):
        exchange(root, new)


def take_away(root: Path, receipt: bytes, place: Path | None) -> None:
    """Let the tree `root` be gone as a whole; it then stands in `folder_beside(root)`, to be removed.

    Raises
    ------
    OSError : the tree has not moved
    """
    with _received(root, receipt, place):
        root.rename(folder_beside(root) / GONE)


@contextmanager
def _received(root: Path, receipt: bytes, place: Path | None) -> Iterator[None]:
    """Keep a receipt of the one step that is made in between; the next run finishes one that was killed."""
    folder = folder_beside(root)
    folder.mkdir(exist_ok=True)
    _keep(folder / RECEIPT, receipt)  # from here on a killed run can be finished
    place = place or _place_of(root, folder)
    part = _part_of(place)
    try:
        _keep(part, receipt)  # a full disk is met before the step, not after it
        yield
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync(root.parent)
    part.replace(place)
    _sync(place.parent)


def finish_earlier(root: Path, place: Path | None) -> None:
    """Come to the end of a run that was killed: to the new tree if it stood in its place, else to the old."""
    folder = folder_beside(root)
    if not root.exists() and aside(root).exists():
        aside(root).rename(root)
    if (folder / RECEIPT).is_file():
        place = place or _place_of(root, folder)
        if read_receipt(folder / RECEIPT)["corpus_id"]["after"] == _corpus_id_of(root):
            _keep(_part_of(place), (folder / RECEIPT).read_bytes())
            _part_of(place).replace(place)
            _sync(place.parent)
        _part_of(place).unlink(missing_ok=True)
    for left in (folder, aside(root)):
        shutil.rmtree(left, ignore_errors=True)


def take_file(tree: Tree, path: str, staging: Staging) -> None:
    """Let a file stand in both trees under one name each, or copy it where a file cannot have two."""
    target = staging.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(tree.root / path, target, follow_symlinks=False)
    except OSError:
        staging.take_over(tree.root / path, path)
    else:
        staging.adopt([Written(path=path, bytes=tree.entries[path].st_size, sha256=tree.listed[path])])


@contextmanager
def alone_beside(root: Path) -> Iterator[None]:
    """Let nobody else purge in the same folder meanwhile; ReleaseError `purge.running` when somebody does."""
    descriptor = os.open(root.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ReleaseError("purge.running", f"another purge is at work in {root.parent}") from error
    finally:
        os.close(descriptor)


def _corpus_id_of(root: Path) -> str | None:
    """Return what the tree is known by; None when it is gone."""
    if not root.exists():
        return None
    return digest_of(root / SUMS) if (root / SUMS).is_file() else ""


def _place_of(root: Path, folder: Path) -> Path:
    return root.with_name(f"{root.name}.purged-w{read_receipt(folder / RECEIPT)['feed']['seq']}.json")


def _part_of(place: Path) -> Path:
    return place.with_name(f".{place.name}.part")


def _keep(path: Path, data: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
