"""The rows of `clips.jsonl` and `consents.jsonl`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from speechcorpus.corpus.columns import absent_columns, check_row, present_columns
from speechcorpus.corpus.dialogues import ALONE
from speechcorpus.corpus.documents import Cell, Row, rounded
from speechcorpus.corpus.request import Named, Request
from speechcorpus.corpus.selection import Candidate
from speechcorpus.corpus.splits import Splits
from speechcorpus.corpus.wording import spoken_characters

FEWEST_SHARING = 5  # a sub-variety of fewer speakers could name a person


def release_rows(named: Mapping[str, Named], splits: Splits, request: Request) -> tuple[Row, ...]:
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


def extra_rows(
    named: Mapping[str, Named], splits: Splits, request: Request, rows: Sequence[Row]
) -> tuple[Row, ...]:
    """Return the table of the clips beside the tree: the same columns, but two splits and a reason for one.

    `audio_path` is relative to the tree of these clips. Only what the tree itself shows is shown of them.

    Parameters
    ----------
    rows : the table of the tree
    """
    shown = {row["subvariety"] for row in rows}
    full = [_row(named[extra.utt_id], extra.speaker_split, request) for extra in splits.extra]
    _keep_first_versions(full, request)
    found = []
    for row, extra in zip(full, splits.extra, strict=True):
        row["subvariety"] = row["subvariety"] if row["subvariety"] in shown else "undisclosed"
        row["audio_path"] = f"audio/{row['speaker_id']}/{extra.utt_id}.flac"
        cells = {name: row[name] for name in rows[0] if name != "split"}
        why = {"speaker_split": extra.speaker_split, "sentence_split": extra.sentence_split}
        found.append({**cells, **why, "reason": extra.reason})
    return tuple(found)


def _row(one: Named, split: str, request: Request) -> dict[str, Cell]:
    candidate, info = one.candidate, one.candidate.info
    consented = candidate.speakers[candidate.speaker]
    if info is None or consented is None:  # selection lets neither pass
        raise ValueError(one.utt_id)
    return {
        **ALONE,
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


def consent_rows(named: Mapping[str, Named], splits: Splits) -> tuple[Row, ...]:
    """Return `consents.jsonl`: the consents that the clips of the tree rest on, and no person."""
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
