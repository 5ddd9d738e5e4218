"""`release.json`: what was chosen, and everything a later version must keep."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial

from speechcorpus.corpus.columns import TABLE as FORM
from speechcorpus.corpus.identifiers import order_key
from speechcorpus.corpus.request import Request
from speechcorpus.corpus.selection import Selection
from speechcorpus.corpus.shards import ShardClip, Shards, assign_shards
from speechcorpus.corpus.splits import CAP, SplitClip, Splits, target_ds
from speechcorpus.corpus.table import Table
from speechcorpus.corpus.versions import parse_version


def release_document(
    drawn: Mapping[str, object], splits: Splits, table: Table, selection: Selection, request: Request
) -> dict[str, object]:
    """Return `release.json`; `drawn` is what `split_settings` says."""
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
        "split": drawn,
        "speakers": splits.speakers,
        "sentences_pinned": splits.sentences_pinned,
        "shards": _shards(table, request),
        "terms": request.terms,
        "collection": request.collection,
        "excluded": selection.excluded(),
        "absent_columns": sorted(table.absent),
        "table": FORM,
        "extra": [[e.utt_id, e.speaker_split, e.sentence_split, e.reason] for e in splits.extra],
        "datasheet": dict(settings.datasheet),
        "rai": dict(settings.rai),
        "key_fingerprint": request.key_fingerprint,
        "tools": {**request.tools, "flac_vendor": list(table.vendors)},
    }


def split_settings(clips: Iterable[SplitClip], splits: Splits, request: Request) -> dict[str, object]:
    """Return how the splits were drawn, from what, and what it cost: times in tenths of a second."""
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


def _shards(table: Table, request: Request) -> Shards:
    major = parse_version(request.version).major
    together = [
        ShardClip(split=split, speaker_id=speaker_id, bytes=size, first_version=first_version)
        for (split, speaker_id, first_version), size in table.shard_bytes.items()
    ]
    previous = request.previous
    same = previous is not None and parse_version(str(previous.release["version"])).major == major
    before = previous.release["shards"] if previous is not None and same else {}
    return assign_shards(
        together,
        version=request.version,
        before=before if isinstance(before, Mapping) else {},
        key=partial(order_key, request.corpus, major),
    )
