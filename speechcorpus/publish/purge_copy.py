"""Takes what was withdrawn out of all of a version that lies on somebody's disk: tree and extra tree."""

from dataclasses import dataclass
from pathlib import Path

from speechcorpus.publish.extra_tree import (
    check_whose,
    extra_beside,
    is_being_purged,
    is_extra,
    require_whole,
)
from speechcorpus.publish.purge import Request, apply_withdrawals
from speechcorpus.publish.purge_extra import PurgedExtra, purge_extra
from speechcorpus.publish.purge_receipt import Purged
from speechcorpus.publish.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was taken out of a copy; None of a tree in which there was nothing to do, or that is not there."""

    main: Purged | None = None
    extra: PurgedExtra | None = None
    extra_root: Path | None = None


def purge_copy(request: Request, extra: Path | None = None) -> Forgotten:
    """Purge a release and the extra tree that belongs to it, or an extra tree alone.

    Whatever is refused is refused before either is touched. Killed in between, the next run goes on.

    Parameters
    ----------
    extra : where the extra tree lies, if not beside the release under its own name

    Raises
    ------
    ReleaseError : as `apply_withdrawals`, `purge_extra` and `check_whose`
    """
    if is_extra(request.root):
        check_whose(request.root.absolute(), None, request.feed.corpus, request.feed.withdrawn)
        return Forgotten(extra=_extra(request, request.root, request.receipt), extra_root=request.root)
    before = _beside(request, extra) if request.root.exists() else None  # a killed run may have moved it
    main = apply_withdrawals(request)
    beside = before or _beside(request, extra)
    if beside is None:
        return Forgotten(main=main)
    return Forgotten(main=main, extra=_extra(request, beside, _place(request.receipt)), extra_root=beside)


def _beside(request: Request, named: Path | None) -> Path | None:
    """Return where the extra tree is, once it is sure that it is whole and belongs to this release."""
    tree = Tree(request.root.resolve())
    place = named or extra_beside(tree)
    if place is not None and (place.exists() or not is_being_purged(place)):
        require_whole(place)
        check_whose(place, tree.sources.release, request.feed.corpus, request.feed.withdrawn)
    return place


def _extra(request: Request, root: Path, receipt: Path | None) -> PurgedExtra | None:
    return purge_extra(root, request.feed, now=request.now, receipt=receipt, dry_run=request.dry_run)


def _place(receipt: Path | None) -> Path | None:
    return None if receipt is None else receipt.with_name(f"{receipt.stem}-extra{receipt.suffix}")
