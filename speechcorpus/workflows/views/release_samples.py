"""The clips of a published release to listen to: filtered by what they are, with what was measured."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from speechcorpus.store.models import Release, ReleaseItem, WithdrawnItem
from speechcorpus.store.store import Store
from speechcorpus.workflows.views.releases import ReleaseView
from speechcorpus.workflows.withdrawal_contents import table_of

FACETS = ("language", "noise_band", "split", "style")
PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Where each clip lies in `clips.jsonl`, and its value of each facet as a number: 20 bytes a clip."""

    utterances: Sequence[str]
    starts: NDArray[np.int64]  # one more than there are clips
    words: Mapping[str, Sequence[str]]  # facet → its values, in the order of the numbers
    codes: Mapping[str, NDArray[np.uint8]]
    table: str  # digest of clips.jsonl
    bands: Mapping[str, Mapping[str, tuple[str | None, str | None]]]  # terms version → band → limits, dB(A)

    def where(self, wanted: Mapping[str, str], without: frozenset[str]) -> NDArray[np.int64]:
        """Return the numbers of the clips that have all wanted values and are not withdrawn."""
        mask = np.ones(len(self.utterances), dtype=bool)
        for facet, value in wanted.items():
            known = list(self.words[facet])
            mask &= self.codes[facet] == known.index(value) if value in known else False
        if without:
            mask &= np.fromiter((utt_id not in without for utt_id in self.utterances), bool, len(mask))
        return np.flatnonzero(mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One clip as its row of the table says, with the limits of the band its task required."""

    row: Mapping[str, Any]
    low_dba: str | None
    high_dba: str | None
    path: str | None  # of its FLAC in the tree; None when the release has no loose files


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """One page of clips; `pages` is at least 1."""

    clips: Sequence[Sample]
    found: int
    page: int
    pages: int


def read_samples(store: Store, release: ReleaseView) -> Samples:
    """Return the clips of a release ready to be filtered: one pass over its table, or what is left of it.

    Raises
    ------
    ReleaseError : `release.erased` if nothing is left
    """
    with store.catalogue.read() as session:
        table = table_of(store, session, session.get_one(Release, release.id))
    starts, utterances, at = [0], [], 0
    words: dict[str, dict[str, int]] = {facet: {} for facet in FACETS}
    codes: dict[str, bytearray] = {facet: bytearray() for facet in FACETS}
    with store.blobs.path_of(table).open("rb") as lines:
        for line in lines:
            row = json.loads(line)
            at += len(line)
            starts.append(at)
            utterances.append(str(row["utt_id"]))
            for facet in FACETS:
                codes[facet].append(words[facet].setdefault(str(row[facet]), len(words[facet])))
    return Samples(
        utterances=utterances,
        starts=np.asarray(starts, dtype=np.int64),
        words={facet: list(found) for facet, found in words.items()},
        codes={facet: np.frombuffer(bytes(found), dtype=np.uint8) for facet, found in codes.items()},
        table=table,
        bands=_bands(store, release),
    )


def sample_page(
    store: Store,
    release: ReleaseView,
    samples: Samples,
    wanted: Mapping[str, str],
    *,
    page: int,
    draw: int = 0,
) -> SamplePage:
    """Return a page of the clips that have all wanted values; those that were withdrawn are absent.

    Parameters
    ----------
    wanted : facet → value; other keys are not read
    page : from 1; beyond the end it is the last one
    draw : which shuffle: neighbours in the table are one speaker's, and who listens wants different ones
    """
    filters = {facet: wanted[facet] for facet in FACETS if wanted.get(facet)}
    found = samples.where(filters, withdrawn_utterances(store, release.id))
    mixed = np.random.default_rng(draw).permutation(found)
    pages = max(1, -(-len(mixed) // PAGE))
    page = min(max(1, page), pages)
    numbers = mixed[(page - 1) * PAGE : page * PAGE].tolist()
    return SamplePage(
        clips=_clips(store, release, samples, numbers), found=len(mixed), page=page, pages=pages
    )


def withdrawn_utterances(store: Store, release_id: str) -> frozenset[str]:
    """Return the clips of a release that have been taken back from it."""
    gone = (
        select(ReleaseItem.utt_id)
        .join(WithdrawnItem, WithdrawnItem.segment_id == ReleaseItem.segment_id)
        .where(ReleaseItem.release_id == release_id, WithdrawnItem.effect == "release")
    )
    with store.catalogue.read() as session:
        return frozenset(session.scalars(gone))


def _clips(store: Store, release: ReleaseView, samples: Samples, numbers: Sequence[int]) -> list[Sample]:
    with store.blobs.path_of(samples.table).open("rb") as table:
        rows = []
        for number in numbers:
            table.seek(int(samples.starts[number]))
            rows.append(json.loads(table.readline()))
    return [_sample(release, samples, row) for row in rows]


def _sample(release: ReleaseView, samples: Samples, row: Mapping[str, Any]) -> Sample:
    low, high = samples.bands.get(str(row["terms_version"]), {}).get(str(row["noise_band"]), (None, None))
    path = str(row["audio_path"])
    return Sample(row=row, low_dba=low, high_dba=high, path=path if path in release.manifest else None)


def _bands(store: Store, release: ReleaseView) -> dict[str, dict[str, tuple[str | None, str | None]]]:
    """Return the limits of the bands; none when the document was erased: it named who withdrew."""
    digest = str(release.digest_of("release.json"))
    terms = json.loads(store.blobs.read(digest))["terms"] if store.blobs.exists(digest) else {}
    return {
        version: {str(band["name"]): (band.get("low"), band.get("high")) for band in one.get("bands", ())}
        for version, one in terms.items()
    }
