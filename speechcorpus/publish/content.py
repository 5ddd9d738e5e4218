"""Checks of what a tree says: its table, splits, consents. Each yields its faults."""

from collections.abc import Iterator, Mapping
from typing import Any

from speechcorpus.corpus.columns import absences, absent_columns, check_row, present_columns
from speechcorpus.corpus.dialogues import dialogue_fault
from speechcorpus.corpus.documents import Row, json_document
from speechcorpus.corpus.identifiers import CONSENT_ID, SESSION_ID, SPEAKER_ID, UTT_ID
from speechcorpus.corpus.leakage import leaks
from speechcorpus.corpus.splits import CAP, HELD_OUT, SPLITS, deciseconds
from speechcorpus.corpus.wording import USUAL_MARKS, permitted_marks, text_fault
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.readers import READERS, disagreement, table_entries
from speechcorpus.publish.tree import Tree


def check_table(tree: Tree) -> Iterator[str]:
    """Yield rows of `clips.jsonl` that break a rule of the table."""
    release = tree.sources.release
    columns = present_columns(column_absences(release))
    last = ""
    for row in tree.sources.clips:
        try:
            check_row(row, columns)
        except ReleaseError as error:
            yield f"clips.jsonl: {error}"
            continue
        yield from (f"clips.jsonl: {row['utt_id']}: {fault}" for fault in _row_faults(row, release))
        if str(row["utt_id"]) <= last:
            yield f"clips.jsonl: {row['utt_id']} is out of order"
        last = str(row["utt_id"])
    if not last:
        yield "clips.jsonl: holds no clip"
    padded = ({**dict.fromkeys(column_absences(release)), **row} for row in tree.sources.clips)
    if sorted(absent_columns(padded)) != sorted(column_absences(release)):
        yield "release.json: absent_columns are not the columns that say nothing"


def column_absences(release: Mapping[str, object]) -> list[str]:
    """Return the columns that a release leaves out."""
    return absences(release)


def _row_faults(row: Row, release: Mapping[str, object]) -> Iterator[str]:
    utt_id, session, speaker = str(row["utt_id"]), str(row["session_id"]), str(row["speaker_id"])
    for value, form in ((utt_id, UTT_ID), (session, SESSION_ID), (speaker, SPEAKER_ID)):
        if not form.fullmatch(value):
            yield f"{value!r} is not of the form {form.pattern}"
    if not (utt_id.startswith(session + "-") and session.startswith(speaker + "-")):
        yield "utt_id, session_id and speaker_id do not begin with each other"
    if row["audio_path"] != f"audio/{row['split']}/{speaker}/{utt_id}.flac":
        yield f"audio_path is {row['audio_path']!r}"
    samples, rate = row["num_samples"], row["sample_rate"]
    if rate != release["sample_rate"]:
        yield f"sample_rate is {rate}, the release's is {release['sample_rate']}"
    elif isinstance(samples, int) and isinstance(rate, int) and row["duration"] != samples / rate:
        yield f"duration is {row['duration']!r}, not num_samples / sample_rate"
    if fault := dialogue_fault(row):
        yield fault
    if fault := text_fault(str(row["text"]), _marks(row, release)):
        yield f"text: {fault}"


def _marks(row: Row, release: Mapping[str, Any]) -> str:
    terms = release["terms"].get(row["terms_version"], {})
    marks = terms.get("task", {}).get("transcript", {}).get("marks", USUAL_MARKS)
    return permitted_marks(str(row["orthography"]), str(marks))


def check_agree(tree: Tree) -> Iterator[str]:
    """Yield the first difference of each format from the table."""
    expected = table_entries(tree)
    for name, reader in READERS.items():
        try:
            fault = disagreement(expected, reader(tree)) if tree.has(name) else None
        except ReleaseError as error:
            fault = str(error)
        if fault is not None:
            yield f"{name}: {fault}"


def check_splits(tree: Tree) -> Iterator[str]:
    """Yield what two splits share and must not, speakers in the wrong split, caps broken, a wrong report."""
    report = tree.sources.leakage
    if found := leaks(report):
        yield f"{found} speakers, sessions, dialogues, prompts, sentences or recordings are in two splits"
    if json_document(report) != tree.read("leakage.json"):
        yield "leakage.json: not what the table gives"
    speakers = tree.sources.release["speakers"]
    time = dict.fromkeys(SPLITS, 0)
    for row in tree.sources.clips:
        samples, rate = row["num_samples"], row["sample_rate"]
        if isinstance(samples, int) and isinstance(rate, int):
            time[str(row["split"])] += deciseconds(samples, rate)
        if isinstance(speakers, Mapping) and speakers.get(str(row["speaker_id"])) != row["split"]:
            yield f"{row['utt_id']}: release.json has its speaker in {speakers.get(str(row['speaker_id']))}"
    yield from (f"{split}: holds no clip" for split in SPLITS if not time[split])


def broken_caps(tree: Tree) -> str | None:
    """Return which held-out split is over its cap (after withdrawals that is only a warning), else None."""
    time = dict.fromkeys(SPLITS, 0)
    for row in tree.sources.clips:
        samples, rate = row["num_samples"], row["sample_rate"]
        if isinstance(samples, int) and isinstance(rate, int):
            time[str(row["split"])] += deciseconds(samples, rate)
    over = [split for split in HELD_OUT if CAP * time[split] > time["train"]]
    return f"{', '.join(over)} above a ninth of train" if over else None


def check_withdrawals(tree: Tree) -> Iterator[str]:
    """Yield withdrawn speakers and clips that are still in the table, and rows out of form."""
    gone: set[str] = set()
    for number, row in enumerate(tree.sources.withdrawals):
        if number == 0:
            if set(row) != {"comment"}:
                yield "withdrawals.jsonl: the first row is no comment"
        elif ("speaker_id" in row) == ("utt_id" in row):
            yield f"withdrawals.jsonl row {number}: names not exactly one of speaker_id and utt_id"
        else:
            gone.add(str(row.get("speaker_id", row.get("utt_id"))))
    for row in tree.sources.clips:
        if gone & {str(row["speaker_id"]), str(row["utt_id"])}:
            yield f"{row['utt_id']}: withdrawn"


def check_consents(tree: Tree) -> Iterator[str]:
    """Yield clips whose consent is unknown or not for release, and consents nobody needs."""
    known: dict[str, str] = {}
    for row in tree.sources.consents:
        if not CONSENT_ID.fullmatch(str(row.get("consent_id"))):
            yield f"consents.jsonl: {row.get('consent_id')!r} is not a consent id"
        known[str(row.get("consent_id"))] = str(row.get("purposes"))
    needed = set()
    for row in tree.sources.clips:
        needed.add(str(row["consent_id"]))
        purposes = known.get(str(row["consent_id"]), "").split()
        if "release" not in purposes:
            yield f"{row['utt_id']}: consent {row['consent_id']} is not known or not for release"
        elif (row["voice_synthesis"] == "yes") != ("voice_synthesis" in purposes):
            yield f"{row['utt_id']}: voice_synthesis is {row['voice_synthesis']}, its consent says otherwise"
    yield from (f"consents.jsonl: {name} belongs to no clip" for name in sorted(known.keys() - needed))
