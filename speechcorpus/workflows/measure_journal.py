"""The journal of `speechcorpus measure`: which records of an earlier run can be used again."""

from dataclasses import fields
from functools import partial
from pathlib import Path

from speechcorpus.domain.measurement import Measurement
from speechcorpus.engines.journal import Journal, Key, Record
from speechcorpus.qc.settings import ANALYSER_VERSION
from speechcorpus.workflows.measure_batch import DEPENDS_ON_THE_RUN, TRACKS, HowToMeasure

KEYS = frozenset(field.name for field in fields(Measurement))


def open_journal(path: Path, how: HowToMeasure, *, resume: bool) -> Journal:
    """Return the journal of a run, with what an earlier run left if it is resumed.

    Raises
    ------
    SpeechCorpusError : `batch.no-journal`, `batch.journal-busy`, `batch.journal`
    """
    return Journal(path, key=partial(key_of, how=how), resume=resume)


def key_of(record: Record, how: HowToMeasure) -> Key | None:
    """Return the hash under which a record answers for a file; None if the file is to be measured again.

    It answers only for the analyser and settings that made it. What crashed is tried again.
    """
    made_by = (record.get("analyser_version"), record.get("settings_sha256"))
    if made_by != (ANALYSER_VERSION, how.settings.sha256) or record.keys() - {TRACKS} != KEYS:
        return None
    if record["status"] == "crashed" or record["error_code"] in DEPENDS_ON_THE_RUN:
        return None
    if (record["duration_s"] or 0.0) > how.max_duration_s:
        return None
    if how.with_tracks and record["duration_s"] is not None and TRACKS not in record:
        return None
    sha256: Key | None = record["sha256"]
    return sha256
