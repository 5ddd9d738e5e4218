"""The plan of a release: from candidates to the five sources that determine every other byte."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from speechcorpus.corpus.changelog import Change, changelog
from speechcorpus.corpus.changes import count_changes
from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.identifiers import check_corpus_name, draw_names
from speechcorpus.corpus.known_clips import Older, mark, older
from speechcorpus.corpus.release_document import release_document, split_settings
from speechcorpus.corpus.request import NamedClips, Request
from speechcorpus.corpus.selection import Candidate, Refusal, select
from speechcorpus.corpus.splits import Before, SplitClip, Splits, plan_splits
from speechcorpus.corpus.table import extra_rows, release_table
from speechcorpus.corpus.version_rules import needs_of
from speechcorpus.corpus.versions import check_follows, parse_version
from speechcorpus.corpus.withdrawn import withdrawn_in

WITHDRAWALS_HEAD = {
    "comment": "cumulative withdrawals; each further row names either a speaker_id or an utt_id"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A release as a value: the sources, and what the catalogue must remember of it."""

    rows: Sequence[Row]  # clips.jsonl, by utt_id; of a large release packed: go through it in order
    consents: tuple[Row, ...]
    withdrawals: tuple[Row, ...]  # with its head
    release: Mapping[str, object]  # release.json
    changelog: str
    segments: Mapping[str, str] = field(repr=False)  # utt_id → segment id, of extra clips too
    new_names: Mapping[tuple[str, str], str] = field(repr=False)
    extra_rows: Sequence[Row] = ()  # of the clips beside the tree, by utt_id
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
    selection = select(candidates, request.settings)
    new_names = draw_names(request.corpus, major, selection.spoken, request.names)
    named = NamedClips(selection.kept, selection.spoken, {**request.names, **new_names})
    before = older(request.previous.clips if request.previous else ())
    splits, drawn = _splits(named, request, before, major)
    table = release_table(named, splits, request, before)
    change = _change(table.rows, splits, request, before)
    last = None if request.previous is None else parse_version(str(request.previous.release["version"]))
    check_follows(
        parse_version(request.version), last, needs_of(before, table.rows, selection.refused, request.names)
    )
    feed = request.withdrawals or (request.previous.withdrawals if request.previous else ())
    told = changelog(change, request.previous.changelog if request.previous else "")
    return Plan(
        rows=table.rows,
        extra_rows=extra_rows(named, splits, request, before, table),
        consents=table.consents,
        withdrawals=(WITHDRAWALS_HEAD, *register_of(feed, request.version)),
        release=release_document(drawn, splits, table, selection, request),
        changelog=withdrawn_in(feed).hide(told),
        segments=_segments(named, splits),
        new_names=new_names,
        audio_bytes=table.audio_bytes,
        refused=selection.refused,
        warnings=splits.warnings,
        changes=count_changes(
            change,
            request.previous.clips if request.previous else (),
            table.rows,
            None if last is None else str(last),
        ),
    )


def register_of(feed: Sequence[Row], version: str) -> list[Row]:
    """Return the withdrawals that a version lists: what no version was without before, this one is.

    >>> register_of([{"seq": 1, "utt_id": "a", "first_absent_version": None}], "1.0.1")
    [{'seq': 1, 'utt_id': 'a', 'first_absent_version': '1.0.1'}]
    """
    return [{**row, "first_absent_version": row["first_absent_version"] or version} for row in feed]


def _splits(
    named: NamedClips, request: Request, before: Older, major: int
) -> tuple[Splits, Mapping[str, object]]:
    """Return the splits, and what `release.json` says of them; what they were drawn from is let go."""
    clips = _split_clips(named)
    splits = plan_splits(clips, corpus=request.corpus, major=major, before=_before(request, before, major))
    return splits, split_settings(clips, splits, request)


def _split_clips(named: NamedClips) -> list[SplitClip]:
    """Return what the splitter needs; clips of one stratum share it."""
    strata: dict[tuple[str, ...], tuple[str, ...]] = {}
    clips = (one.split_clip() for one in named)
    return [replace(clip, stratum=strata.setdefault(clip.stratum, clip.stratum)) for clip in clips]


def _segments(named: NamedClips, splits: Splits) -> dict[str, str]:
    """Return utt_id → segment id of all clips, those beside the tree too."""
    wanted = {*splits.main, *(extra.utt_id for extra in splits.extra)}
    return {utt_id: segment for utt_id, segment in named.segments() if utt_id in wanted}


def _before(request: Request, known: Older, major: int) -> Before:
    previous = request.previous
    if previous is None or parse_version(str(previous.release["version"])).major != major:
        return Before()
    return Before(
        speakers=_texts(previous.release["speakers"]),
        sentences=_texts(previous.release["sentences_pinned"]),
        clips={utt_id: clip.split for utt_id, clip in known.clips.items()},
    )


def _change(rows: Iterable[Row], splits: Splits, request: Request, before: Older) -> Change:
    old, new = before.clips, splits.main
    moved = {extra.utt_id for extra in splits.extra} & old.keys()
    told = ((str(row["utt_id"]), row["text"]) for row in (rows if old else ()))
    return Change(
        version=request.version,
        released_on=request.released_on,
        first=request.previous is None,
        added=tuple(sorted(new.keys() - old.keys())),
        left=tuple(sorted(old.keys() - new.keys() - moved)),
        now_leaking=tuple(sorted(moved)),
        corrected=tuple(name for name, text in told if name in old and old[name].text != mark(text)),
    )


def _texts(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
