"""Files of published releases that hold a withdrawn voice: served no more at once, gone for good later."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.store.models import Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.affected_releases import (
    affected_beside,
    affected_in,
    successor_of,
    withdrawn_clips_of,
)
from speechcorpus.workflows.release_extra import EXTRA


def require_file(store: Store, release_id: str, path: str) -> None:
    """Refuse a file of a release that holds what was withdrawn.

    Raises
    ------
    ReleaseError : `release.erased`, with the address of the version that is without it, if there is one
    """
    with store.catalogue.read() as session:
        clips = withdrawn_clips_of(session, release_id)
        if clips:
            release = session.get_one(Release, release_id)
            if path in affected_in(store, release, clips):
                raise _gone(session, release, path)


def require_bundle(store: Store, release_id: str, bundle: str) -> None:
    """Refuse a bundle of a release, or a delta to it, that holds what was withdrawn.

    Every bundle of the main tree holds every clip, as sound, as words, or both.

    Raises
    ------
    ReleaseError : `release.erased`, as `require_file`
    """
    with store.catalogue.read() as session:
        clips = withdrawn_clips_of(session, release_id)
        if not clips:
            return
        release = session.get_one(Release, release_id)
        held = affected_beside(store, release, clips) if bundle == EXTRA else _main(clips)
        if held:
            raise _gone(session, release, bundle)


def _main(clips: Mapping[str, str]) -> list[str]:
    return [utt_id for utt_id, split in clips.items() if split != EXTRA]


def _gone(session: Session, release: Release, what: str) -> ReleaseError:
    version = successor_of(session, release)
    address = None if version is None else f"/releases/{release.corpus}/{version}/"
    instead = "no version without it is published yet" if version is None else f"{address} is without it"
    return ReleaseError(
        "release.erased",
        f"{what} of {release.corpus} {release.version} holds what somebody withdrew; {instead}",
        successor=address or "none",
    )
