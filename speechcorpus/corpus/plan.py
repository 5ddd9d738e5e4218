"""The plan of a release: from candidates to the five sources that determine every other byte."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from speechcorpus.corpus.changelog import Change, changelog
from speechcorpus.corpus.changes import count_changes
from speechcorpus.corpus.columns import missing_columns
from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.identifiers import Speech, check_corpus_name, draw_names
from speechcorpus.corpus.release_document import release_document
from speechcorpus.corpus.request import Named, Request
from speechcorpus.corpus.selection import Candidate, Refusal, Selection, select
from speechcorpus.corpus.splits import Before, Splits, plan_splits
from speechcorpus.corpus.table import consent_rows, extra_rows, release_rows
from speechcorpus.corpus.version_rules import needs_of
from speechcorpus.corpus.versions import check_follows, parse_version
from speechcorpus.corpus.withdrawn import withdrawn_in

WITHDRAWALS_HEAD = {
    "comment": "cumulative withdrawals; each further row names either a speaker_id or an utt_id"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A release as a value: the sources, and what the catalogue must remember of it."""

    rows: tuple[Row, ...]  # clips.jsonl, by utt_id
    consents: tuple[Row, ...]
    withdrawals: tuple[Row, ...]  # with its head
    release: Mapping[str, object]  # release.json
    changelog: str
    blobs: Mapping[str, str]  # utt_id → SHA-256 of the clip
    segments: Mapping[str, str] = field(repr=False)  # utt_id → segment id, of extra clips too
    new_names: Mapping[tuple[str, str], str] = field(repr=False)
    extra_rows: tuple[Row, ...] = ()  # of the clips beside the tree, by utt_id
    audio_bytes: int = 0  # of the FLACs of all rows
    refused: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()
    changes: Mapping[str, object] | None = None  # in numbers, since the version before


def plan_release(candidates: Iterable[Candidate], request: Request) -> Plan:
    """Return the plan of a release; the order of `candidates` does not matter.

    Raises
    ------
    ReleaseError : `release.corpus-name`, `release.version`, `release.fixity`, `release.too-few-speakers`,
        `release.split-empty`, `release.row-invalid`
    """
    check_corpus_name(request.corpus)
    major = parse_version(request.version).major
    selection = _measured_only(select(candidates, request.settings))
    new_names = draw_names(request.corpus, major, map(_speech, selection.kept), request.names)
    named = _named(selection.kept, {**request.names, **new_names})
    clips = [one.split_clip() for one in named.values()]
    splits = plan_splits(clips, corpus=request.corpus, major=major, before=_before(request, major))
    rows = release_rows(named, splits, request)
    feed = request.withdrawals or (request.previous.withdrawals if request.previous else ())
    change = _change(rows, splits, request)
    last = None if request.previous is None else parse_version(str(request.previous.release["version"]))
    old = request.previous.clips if request.previous else ()
    needs = needs_of(old, rows, selection.refused, request.names)
    check_follows(parse_version(request.version), last, needs)
    return Plan(
        rows=rows,
        extra_rows=extra_rows(named, splits, request, rows),
        consents=consent_rows(named, splits),
        withdrawals=(WITHDRAWALS_HEAD, *register_of(feed, request.version)),
        release=release_document(named, clips, splits, rows, selection, request),
        changelog=withdrawn_in(feed).hide(
            changelog(change, request.previous.changelog if request.previous else "")
        ),
        blobs={utt_id: named[utt_id].candidate.blob_sha256 for utt_id in sorted(splits.main)},
        segments={
            utt_id: named[utt_id].candidate.segment_id
            for utt_id in sorted({*splits.main, *(extra.utt_id for extra in splits.extra)})
        },
        new_names=new_names,
        audio_bytes=sum(named[utt_id].candidate.blob_bytes for utt_id in splits.main),
        refused=selection.refused,
        warnings=splits.warnings,
        changes=count_changes(change, old, rows, None if last is None else str(last)),
    )


def register_of(feed: Sequence[Row], version: str) -> list[Row]:
    """Return the withdrawals that a version lists: what no version was without before, this one is.

    >>> register_of([{"seq": 1, "utt_id": "a", "first_absent_version": None}], "1.0.1")
    [{'seq': 1, 'utt_id': 'a', 'first_absent_version': '1.0.1'}]
    """
    return [{**row, "first_absent_version": row["first_absent_version"] or version} for row in feed]


def _measured_only(selection: Selection) -> Selection:
    """Refuse the clips that lack a measured or stated value of a required column."""
    kept, refused = [], list(selection.refused)
    for candidate in selection.kept:
        missing = [name for name in missing_columns(candidate.facts) if name in candidate.facts]
        if missing:
            refused.append(
                Refusal(
                    segment_id=candidate.segment_id,
                    code="release.measurement-missing",
                    detail=", ".join(missing),
                    duration_s=candidate.duration_s,
                )
            )
        else:
            kept.append(candidate)
    return Selection(kept=tuple(kept), refused=tuple(refused))


def _speech(candidate: Candidate) -> Speech:
    consented = candidate.speakers[candidate.speaker]
    return Speech(
        utterance=candidate.segment_id,
        session=candidate.session,
        speaker=candidate.speaker,
        consent=consented.consent_id if consented else "",
    )


def _named(kept: Sequence[Candidate], names: Mapping[tuple[str, str], str]) -> dict[str, Named]:
    found = []
    for candidate in kept:
        speech = _speech(candidate)
        found.append(
            Named(
                candidate=candidate,
                utt_id=names["utterance", speech.utterance],
                speaker_id=names["speaker", speech.speaker],
                session_id=names["session", speech.session],
                consent_id=names["consent", speech.consent],
            )
        )
    return {one.utt_id: one for one in sorted(found, key=lambda one: one.utt_id)}


def _before(request: Request, major: int) -> Before:
    previous = request.previous
    if previous is None or parse_version(str(previous.release["version"])).major != major:
        return Before()
    return Before(
        speakers=_texts(previous.release["speakers"]),
        sentences=_texts(previous.release["sentences_pinned"]),
        clips={str(row["utt_id"]): str(row["split"]) for row in previous.clips},
    )


def _change(rows: Sequence[Row], splits: Splits, request: Request) -> Change:
    old = {str(row["utt_id"]): row for row in (request.previous.clips if request.previous else ())}
    new = {str(row["utt_id"]): row for row in rows}
    moved = {extra.utt_id for extra in splits.extra} & old.keys()
    return Change(
        version=request.version,
        released_on=request.released_on,
        first=request.previous is None,
        added=tuple(sorted(new.keys() - old.keys())),
        left=tuple(sorted(old.keys() - new.keys() - moved)),
        now_leaking=tuple(sorted(moved)),
        corrected=tuple(sorted(i for i in old.keys() & new.keys() if old[i]["text"] != new[i]["text"])),
    )


def _texts(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
