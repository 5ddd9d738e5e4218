"""Files of published releases whose bytes were erased: they are gone for good, and the release says so."""

from collections.abc import Iterable

from sqlalchemy import select

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.store.models import Clip, Tombstone, WithdrawnItem
from speechcorpus.store.store import Store


def require_kept(store: Store, digests: Iterable[str]) -> None:
    """Refuse to serve what holds erased bytes.

    Raises
    ------
    ReleaseError : `release.erased`: somebody withdrew, a later version is without them
    """
    with store.catalogue.read() as session:
        gone = set(session.scalars(select(Tombstone.blob_sha256)))
        clips = select(Clip.blob_sha256).join(WithdrawnItem, WithdrawnItem.segment_id == Clip.segment_id)
        gone |= set(session.scalars(clips.where(WithdrawnItem.effect == "release")))  # at once
    gone &= set(digests)
    if gone:
        raise ReleaseError(
            "release.erased", f"{len(gone)} files were erased after a withdrawal", files=len(gone)
        )
