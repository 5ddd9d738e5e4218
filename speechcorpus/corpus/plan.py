"""The plan of a release: from candidates to the five sources that determine every other byte."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from speechcorpus.corpus.changelog import Change, changelog
from speechcorpus.corpus.columns import absent_columns, check_row, missing_columns, present_columns
from speechcorpus.corpus.documents import ABSENT, Cell, Row, rounded
from speechcorpus.corpus.identifiers import Speech, check_corpus_name, draw_names, order_key
from speechcorpus.corpus.leakage import STRATUM
from speechcorpus.corpus.selection import Candidate, Refusal, Selection, select
from speechcorpus.corpus.settings import ReleaseSettings
from speechcorpus.corpus.shards import ShardClip, Shards, assign_shards
from speechcorpus.corpus.splits import (
    CAP,
    Before,
    SplitClip,
    Splits,
    deciseconds,
    plan_splits,
    target_ds,
)
from speechcorpus.corpus.versions import check_follows, parse_version
from speechcorpus.corpus.wording import normal_form, spoken_characters

FEWEST_SHARING = 5  # a sub-variety of fewer speakers could name a person
WITHDRAWALS_HEAD = {
    "comment": "cumulative withdrawals; each further row names either a speaker_id or an utt_id"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The release before: its documents and its corpus id."""

    corpus_id: str
    release: Mapping[str, object]  # release.json
    clips: Sequence[Row]  # clips.jsonl
    withdrawals: Sequence[Row]  # withdrawals.jsonl without its head
    changelog: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be built, and what the catalogue knows that is no candidate."""

    corpus: str
    version: str
    released_on: str  # YYYY-MM-DD, an argument, never the clock
    settings: ReleaseSettings
    licence: str
    terms: Mapping[str, object]  # terms version → document
    collection: Mapping[str, object]  # counts of accepted and refused items, price range
    tools: Mapping[str, str]  # speechcorpus, pyarrow, zlib
    names: Mapping[tuple[str, str], str]  # names given by earlier releases
    previous: Previous | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A release as a value: the sources, and what the catalogue must remember of it."""

    rows: tuple[Row, ...]  # clips.jsonl, by utt_id
    consents: tuple[Row, ...]
    withdrawals: tuple[Row, ...]  # with its head
    release: Mapping[str, object]  # release.json
    changelog: str
    blobs: Mapping[str, str]  # utt_id → SHA-256 of the clip
    segments: Mapping[str, str] = field(repr=False)  # utt_id → segment id
    new_names: Mapping[tuple[str, str], str] = field(repr=False)
    refused: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A candidate under the names it carries in the corpus."""

    candidate: Candidate
    utt_id: str
    speaker_id: str
    session_id: str
    consent_id: str

    def split_clip(self) -> SplitClip:
        """Return what the splitter needs of it."""
        facts, info = self.candidate.facts, self.candidate.info
        sentence = normal_form(str(facts["text"])) or self.utt_id
        hashed = "t:" + hashlib.sha256(sentence.encode()).hexdigest()[:16]
        bound = facts["style"] == "read" and facts["prompt_id"] != ABSENT
        return SplitClip(
            utt_id=self.utt_id,
            speaker_id=self.speaker_id,
            dialogue_id=None if facts["dialogue_id"] == ABSENT else str(facts["dialogue_id"]),
            sentences=(f"p:{facts['prompt_id']}", hashed) if bound else (hashed,),
            deciseconds=deciseconds(info.frames, info.rate_hz) if info else 0,
            stratum=tuple(str(facts[name]) for name in STRATUM),
        )


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
    rows = _rows(named, splits, request)
    change = _change(rows, splits, request)
    last = None if request.previous is None else parse_version(str(request.previous.release["version"]))
    check_follows(parse_version(request.version), last, adds=bool(change.added))
    return Plan(
        rows=rows,
        consents=_consents(named, splits),
        withdrawals=(WITHDRAWALS_HEAD, *(request.previous.withdrawals if request.previous else ())),
        release=_release_document(named, clips, splits, rows, selection, request),
        changelog=changelog(change, request.previous.changelog if request.previous else ""),
        blobs={utt_id: named[utt_id].candidate.blob_sha256 for utt_id in sorted(splits.main)},
        segments={utt_id: named[utt_id].candidate.segment_id for utt_id in sorted(splits.main)},
        new_names=new_names,
        refused=selection.refused,
        warnings=splits.warnings,
    )


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


def _rows(named: Mapping[str, Named], splits: Splits, request: Request) -> tuple[Row, ...]:
    """Return the table: named, without the columns that say nothing, each cell checked."""
    full = [_row(named[utt_id], split, request) for utt_id, split in sorted(splits.main.items())]
    _hide_rare_subvarieties(full)
    _keep_first_versions(full, request)
    absent = absent_columns(full)
    rows = [{name: cell for name, cell in row.items() if name not in absent} for row in full]
    columns = present_columns(absent)
    for row in rows:
        check_row(row, columns)
    return tuple(rows)


def _row(one: Named, split: str, request: Request) -> dict[str, Cell]:
    candidate, info = one.candidate, one.candidate.info
    consented = candidate.speakers[candidate.speaker]
    if info is None or consented is None:  # selection lets neither pass
        raise ValueError(one.utt_id)
    return {
        **candidate.facts,
        "utt_id": one.utt_id,
        "speaker_id": one.speaker_id,
        "session_id": one.session_id,
        "split": split,
        "audio_path": f"audio/{split}/{one.speaker_id}/{one.utt_id}.flac",
        "sha256": candidate.blob_sha256,
        "pcm_md5": info.pcm_md5,
        "num_samples": info.frames,
        "sample_rate": info.rate_hz,
        "duration": info.frames / info.rate_hz,
        "speech_rate_cps": _speech_rate(candidate),
        "consent_id": one.consent_id,
        "voice_synthesis": "yes" if "voice_synthesis" in consented.purposes else "no",
        "first_version": request.version,
    }


def _speech_rate(candidate: Candidate) -> float | None:
    share = candidate.facts["speech_share"]
    speech_s = candidate.duration_s * share if isinstance(share, float) else 0.0
    return rounded(spoken_characters(str(candidate.facts["text"])) / speech_s, 2) if speech_s else 0.0


def _hide_rare_subvarieties(rows: Sequence[dict[str, Cell]]) -> None:
    speakers: dict[Cell, set[Cell]] = defaultdict(set)
    for row in rows:
        speakers[row["subvariety"]].add(row["speaker_id"])
    for row in rows:
        if len(speakers[row["subvariety"]]) < FEWEST_SHARING:
            row["subvariety"] = "undisclosed"


def _keep_first_versions(rows: Sequence[dict[str, Cell]], request: Request) -> None:
    previous = request.previous.clips if request.previous else ()
    first = {row["utt_id"]: row["first_version"] for row in previous}
    for row in rows:
        row["first_version"] = first.get(row["utt_id"], row["first_version"])


def _consents(named: Mapping[str, Named], splits: Splits) -> tuple[Row, ...]:
    found: dict[str, Row] = {}
    for utt_id in splits.main:
        one = named[utt_id]
        consented = one.candidate.speakers[one.candidate.speaker]
        if consented is not None:
            found[one.consent_id] = {
                "consent_id": one.consent_id,
                "purposes": " ".join(sorted(consented.purposes)),
                "text_version": consented.text_version,
                "text_sha256": consented.text_sha256,
                "given_on": consented.given_on,
            }
    return tuple(row for _, row in sorted(found.items()))


def _release_document(
    named: Mapping[str, Named],
    clips: Sequence[SplitClip],
    splits: Splits,
    rows: Sequence[Row],
    selection: Selection,
    request: Request,
) -> dict[str, object]:
    settings, previous = request.settings, request.previous
    return {
        "corpus": request.corpus,
        "version": request.version,
        "title": settings.title or request.corpus,
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
        "extra": [[e.utt_id, e.speaker_split, e.sentence_split, e.reason] for e in splits.extra],
        "datasheet": dict(settings.datasheet),
        "rai": dict(settings.rai),
        "key_fingerprint": None,
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
