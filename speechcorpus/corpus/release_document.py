"""`release.json`: what was chosen, and everything a later version must keep."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from speechcorpus.corpus.columns import TABLE, present_columns
from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.identifiers import order_key
from speechcorpus.corpus.request import Named, Request
from speechcorpus.corpus.selection import Selection
from speechcorpus.corpus.shards import ShardClip, Shards, assign_shards
from speechcorpus.corpus.splits import CAP, SplitClip, Splits, target_ds
from speechcorpus.corpus.versions import parse_version


def release_document(
    named: Mapping[str, Named],
    clips: Sequence[SplitClip],
    splits: Splits,
    rows: Sequence[Row],
    selection: Selection,
    request: Request,
) -> dict[str, object]:
    """Return `release.json`."""
    settings, previous = request.settings, request.previous
    return {
        "corpus": request.corpus,
        "version": request.version,
        "title": settings.title or request.corpus,
        "creator": settings.creator,
        "url": settings.url,
        "released_on": request.released_on,
        "previous": previous and {"version": previous.release["version"], "corpus_id": previous.corpus_id},
        "license": request.licence,
        "sample_rate": settings.rate_hz,
        "formats": sorted(settings.formats),
        "selection": {
            "min_duration_s": settings.min_duration_s,
            "max_duration_s": settings.max_duration_s,
            "include_synthetic": settings.include_synthetic,
        },
        "split": _split_settings(clips, splits, request),
        "speakers": splits.speakers,
        "sentences_pinned": splits.sentences_pinned,
        "shards": _shards(named, rows, request),
        "terms": request.terms,
        "collection": request.collection,
        "excluded": selection.excluded(),
        "absent_columns": list(absent_columns_of(rows)),
        "table": TABLE,
        "extra": [[e.utt_id, e.speaker_split, e.sentence_split, e.reason] for e in splits.extra],
        "datasheet": dict(settings.datasheet),
        "rai": dict(settings.rai),
        "key_fingerprint": request.key_fingerprint,
        "tools": {**request.tools, "flac_vendor": _vendors(named, splits)},
    }


def absent_columns_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the columns of the table that these rows do not have."""
    held = set(rows[0]) if rows else set()
    return tuple(sorted(column.name for column in present_columns(()) if column.name not in held))


def _split_settings(clips: Sequence[SplitClip], splits: Splits, request: Request) -> dict[str, object]:
    eligible, lost = Counter[str](), Counter[str]()
    reason = {extra.utt_id: extra.reason for extra in splits.extra}
    for clip in clips:
        eligible["/".join(clip.stratum)] += clip.deciseconds
        if clip.utt_id in reason:
            lost[reason[clip.utt_id]] += clip.deciseconds
    return {
        "key": "sha256(corpus NUL major NUL id)",
        "major": parse_version(request.version).major,
        "cap": CAP,
        "target_ds": target_ds(eligible.total()),
        "groups": splits.groups,
        "eligible_ds": dict(eligible),
        "extra_ds": dict(lost),
        "warnings": list(splits.warnings),
    }


def _shards(named: Mapping[str, Named], rows: Sequence[Row], request: Request) -> Shards:
    major = parse_version(request.version).major
    clips = [
        ShardClip(
            split=str(row["split"]),
            speaker_id=str(row["speaker_id"]),
            bytes=named[str(row["utt_id"])].candidate.blob_bytes,
            first_version=str(row["first_version"]),
        )
        for row in rows
    ]
    previous = request.previous
    same = previous is not None and parse_version(str(previous.release["version"])).major == major
    before = previous.release["shards"] if previous is not None and same else {}
    return assign_shards(
        clips,
        version=request.version,
        before=before if isinstance(before, Mapping) else {},
        key=partial(order_key, request.corpus, major),
    )


def _vendors(named: Mapping[str, Named], splits: Splits) -> list[str]:
    return sorted({vendor for utt_id in splits.main if (vendor := named[utt_id].candidate.vendor)})
