"""A draft is asked for by the writer, made in a child, and never becomes a text by itself."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import soundfile
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.errors import AccessError, SignalError, SittingError, StoreError
from speechcorpus.store.models import (
    Audit,
    DraftRow,
    Job,
    OutcomeRow,
    Revision,
    SecondTranscript,
    Segment,
    Take,
)
from speechcorpus.workflows.drafts import MOST_WAITING, ask_draft, draft_of
from speechcorpus.workflows.recogniser import RecogniserSettings, parse_recogniser, recognise
from speechcorpus.workflows.worker import work_once
from tests.stage import Recorder, set_stage, voice

pytestmark = pytest.mark.either_database

BY_FORMULA = Path(__file__).parents[2] / "golden" / "recogniser"

# A package of the same name and calls, for what no model is at hand for; `hears.txt` says what it hears.
PACKAGE = """
import os
from pathlib import Path

class _Stream:
    def accept_waveform(self, rate_hz, samples):
        assert rate_hz == 16000 and samples.dtype == "float32" and samples.ndim == 1
        self.seconds = samples.size / rate_hz

class OfflineRecognizer:
    @classmethod
    def from_sense_voice(cls, model, tokens, num_threads, language, use_itn):
        assert (num_threads, language, use_itn) == (1, "zh", False)
        made = cls()
        made.hears = Path(tokens).with_name("hears.txt").read_text("utf-8")
        return made

    def create_stream(self):
        return _Stream()

    def decode_stream(self, stream):
        if self.hears == "!exit":
            os._exit(3)
        if self.hears == "!raise":
            raise RuntimeError("shape mismatch")
        text = self.hears.replace("{seconds}", format(stream.seconds, ".1f"))
        text = text.encode().decode("unicode_escape") if "\\\\" in text else text
        stream.result = type("Result", (), {"text": text})
"""


@pytest.fixture
def models(tmp_path: Path, monkeypatch):
    """Makes a model folder that hears what it is told to; needs no package."""
    packages = tmp_path / "packages"
    about = packages / "sherpa_onnx-9.9.dist-info"
    about.mkdir(parents=True)
    (packages / "sherpa_onnx.py").write_text(PACKAGE, "utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sherpa-onnx\nVersion: 9.9\n")
    monkeypatch.setenv("PYTHONPATH", str(packages))

    def made(hears: str, name: str = "taigi") -> RecogniserSettings:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "model.onnx").write_bytes(b"")
        (folder / "tokens.txt").write_text("台 0\n")
        (folder / "hears.txt").write_text(hears, "utf-8")
        return RecogniserSettings(kind="sherpa-sense-voice", folder=folder)

    return made


@pytest.fixture
def recorder(store, now) -> Recorder:
    return set_stage(store, now).recorder()


def item(recorder: Recorder, prompt: str = "p0", seconds: float = 2.0) -> str:
    recorder.record(voice(seconds), prompt=prompt).finish()
    with recorder.stage.store.catalogue.write() as session:
        session.execute(update(Job).values(state="done"))  # these tests measure nothing
        return session.scalars(select(Segment.id).where(Segment.prompt_id == prompt)).one()


def ask(recorder: Recorder, segment: str, recogniser: RecogniserSettings | None):
    stage = recorder.stage
    return ask_draft(stage.store, recorder.actor, segment, recogniser=recogniser, now=stage.later)


def look(recorder: Recorder, segment: str, recogniser: RecogniserSettings | None):
    return draft_of(recorder.stage.store, recorder.actor, segment, recogniser=recogniser)


def work(recorder: Recorder, recogniser: RecogniserSettings | None) -> None:
    stage = recorder.stage
    given = {"draft": {"recogniser": recogniser}}
    assert work_once(stage.store, owner="w", given=given, clock=lambda: stage.later)


def test_a_draft_is_offered_with_its_faults_and_is_no_transcript(recorder, models, store):
    segment, model = item(recorder), models("我有3个，{seconds}。 ")
    assert look(recorder, segment, model).state == "absent"
    assert ask(recorder, segment, model).state == look(recorder, segment, model).state == "queued"
    work(recorder, model)
    draft = look(recorder, segment, model)
    assert (draft.state, draft.text) == ("ready", "我有3个，2.0。")
    assert (draft.engine, draft.model) == ("sherpa-onnx 9.9", "taigi")
    assert {"NUM-DIGIT"} <= {violation.rule for violation in draft.violations}
    assert all(draft.text[each.start : each.end] == each.found for each in draft.violations)
    with store.catalogue.read() as session:
        assert session.scalars(select(Revision)).all() == []
        noted = [row for row in session.scalars(select(Audit)) if row.action.startswith("draft.")]
        assert [row.action for row in noted] == ["draft.asked", "draft.made"]
        assert draft.text not in str([row.detail for row in noted])


def test_asking_again_makes_nothing_twice_and_a_failed_one_is_made_anew(recorder, models, store):
    segment = item(recorder)
    broken = models("!raise")
    ask(recorder, segment, broken)
    ask(recorder, segment, broken)
    work(recorder, broken)
    failed = look(recorder, segment, broken)
    assert (failed.state, failed.error_code, failed.text) == ("failed", "recogniser.failed", None)
    mended = models("好。")
    assert ask(recorder, segment, mended).state == "queued"
    work(recorder, mended)
    assert ask(recorder, segment, mended).text == "好。"
    with store.catalogue.read() as session:
        assert len(session.scalars(select(Job).where(Job.kind == "draft")).all()) == 2


@pytest.mark.parametrize(
    ("hears", "code"),
    [
        ("!exit", "recogniser.crashed"),
        (" \n", "recogniser.nothing-heard"),
        ("好" * 20_001, "recogniser.failed"),
    ],
)
def test_a_recogniser_gone_mad_is_a_code(recorder, models, hears, code):
    segment, model = item(recorder), models(hears)
    ask(recorder, segment, model)
    work(recorder, model)
    assert look(recorder, segment, model).error_code == code


def test_what_no_database_can_keep_is_left_out_of_a_draft(recorder, models):
    segment, model = item(recorder), models(r"a\ud800b\x00c")
    ask(recorder, segment, model)
    work(recorder, model)
    assert look(recorder, segment, model).text == "abc"


def test_a_worker_without_a_recogniser_says_so(recorder, models):
    segment, model = item(recorder), models("好。")
    ask(recorder, segment, model)
    work(recorder, None)
    assert look(recorder, segment, model).error_code == "recogniser.not-configured"


def test_a_folder_that_went_away_is_a_code(recorder, models, tmp_path):
    segment, model = item(recorder), models("好。")
    ask(recorder, segment, model)
    work(recorder, RecogniserSettings(kind=model.kind, folder=tmp_path / "gone"))
    assert look(recorder, segment, model).error_code == "recogniser.folder-missing"


def test_without_a_recogniser_there_is_no_draft_to_ask_for(recorder):
    segment = item(recorder)
    for each in (ask, look):
        with pytest.raises(SittingError) as caught:
            each(recorder, segment, None)
        assert caught.value.code == "draft.not-offered"


def test_nobody_but_the_writer_sees_a_draft(recorder, models, store, now):
    segment, model = item(recorder), models("好。")
    ask(recorder, segment, model)
    work(recorder, model)
    second = recorder.stage.contributor()
    with store.catalogue.write() as session:
        for line in ("record", "transcribe"):
            session.add(OutcomeRow(segment_id=segment, line=line, state="accepted", price_minor=1))
        row = SecondTranscript(id=str(uuid4()), segment_id=segment, first_revision=1, reason="drawn")
        row.terms_sha256, row.price_minor, row.created_at = "0" * 64, 1, now
        row.state, row.contributor_id, row.lease_until = "assigned", second.id, now + timedelta(hours=1)
        session.add(row)
    for other in (second, recorder.stage.reviewer(), recorder.stage.manager):
        for call in (
            lambda who: draft_of(store, who, segment, recogniser=model),
            lambda who: ask_draft(store, who, segment, recogniser=model, now=now),
        ):
            with pytest.raises(AccessError) as caught:
                call(other)
            assert caught.value.code == "not-found"


def test_a_draft_of_other_edges_is_none_of_this_item(recorder, models, store):
    segment, model = item(recorder), models("好。")
    ask(recorder, segment, model)
    with store.catalogue.write() as session:
        session.get_one(Segment, segment).version += 1
    assert look(recorder, segment, model).state == "absent"
    work(recorder, model)
    with store.catalogue.read() as session:
        assert session.scalars(select(DraftRow.error_code)).one() == "draft.moved"
    ask(recorder, segment, model)
    work(recorder, model)
    assert look(recorder, segment, model).state == "ready"


def test_a_draft_whose_job_died_has_failed_and_can_be_asked_for_again(recorder, models, store):
    segment, model = item(recorder), models("好。")
    ask(recorder, segment, model)
    with store.catalogue.write() as session:
        session.execute(update(Job).where(Job.kind == "draft").values(state="dead"))
    assert look(recorder, segment, model).error_code == "recogniser.crashed"
    assert ask(recorder, segment, model).state == "queued"


def test_long_items_handed_in_ones_and_given_back_claims_have_no_draft(recorder, models, store):
    segment, model = item(recorder, seconds=2.0), models("好。")

    def refusal() -> str:
        with pytest.raises(SittingError) as caught:
            ask(recorder, segment, model)
        return caught.value.code

    with store.catalogue.write() as session:
        row = session.get_one(Segment, segment)
        row.end_sample += 31 * session.get_one(Take, row.take_id).rate_hz
    assert refusal() == "draft.too-long"
    with store.catalogue.write() as session:
        session.add(OutcomeRow(segment_id=segment, line="record", price_minor=1))
        session.add(OutcomeRow(segment_id=segment, line="transcribe", price_minor=1))
    assert refusal() == "item.handed-in"


def test_a_person_has_up_to_five_drafts_waiting(recorder, models, store, now):
    segment, model = item(recorder), models("好。")
    with store.catalogue.write() as session:
        for version in range(100, 100 + MOST_WAITING):
            session.add(Job(id=f"j{version}", kind="draft", payload={}, run_after=now, created_at=now))
            row = DraftRow(
                id=f"d{version}", segment_id=segment, segment_version=version, job_id=f"j{version}"
            )
            row.author, row.created_at = recorder.actor.name_for_audit, now
            session.add(row)
    with pytest.raises(SittingError) as caught:
        ask(recorder, segment, model)
    assert caught.value.code == "quota.drafts"


def test_a_ready_draft_is_never_changed_nor_removed(recorder, models, store):
    segment, model = item(recorder), models("好。")
    ask(recorder, segment, model)
    work(recorder, model)
    with pytest.raises(IntegrityError, match="a ready draft is neither"), store.catalogue.write() as session:
        session.scalars(select(DraftRow)).one().text = "歹。"
    with pytest.raises(IntegrityError, match="a ready draft is neither"), store.catalogue.write() as session:
        session.delete(session.scalars(select(DraftRow)).one())


def test_a_recogniser_is_named_by_kind_and_folder(tmp_path):
    for value, code in (
        ("", "recogniser.kind"),
        ("faster-whisper", "recogniser.kind"),
        (f"oracle:{tmp_path}", "recogniser.kind"),
        (f"faster-whisper:{tmp_path / 'gone'}", "recogniser.folder-missing"),
    ):
        with pytest.raises(StoreError) as caught:
            parse_recogniser(value)
        assert caught.value.code == code


def voiced(frames: int):
    return np.random.default_rng(1).normal(0, 0.1, frames)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_the_real_sherpa_onnx_writes_down_what_a_model_made_by_formula_hears(rate_hz, tmp_path):
    pytest.importorskip("sherpa_onnx")
    quiet, loud = np.zeros(rate_hz), voiced(rate_hz // 2)
    spoken = np.concatenate([quiet, loud, quiet, loud, quiet])
    soundfile.write(tmp_path / "item.wav", spoken, rate_hz, subtype="PCM_16")
    written = recognise(
        tmp_path / "item.wav", RecogniserSettings(kind="sherpa-zipformer-ctc", folder=BY_FORMULA)
    )
    assert written.text == "台台"
    assert written.engine.startswith("sherpa-onnx ")


def test_the_real_faster_whisper_writes_down_what_a_model_made_by_formula_says(tmp_path):
    pytest.importorskip("faster_whisper")
    script = "import sys, pathlib, tests.golden.recogniser.whisper_by_formula as made\n"
    script += "made.make_whisper(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)  # apart: its imports warn
    soundfile.write(tmp_path / "item.wav", voiced(44_100), 44_100, subtype="PCM_16")
    written = recognise(tmp_path / "item.wav", RecogniserSettings(kind="faster-whisper", folder=tmp_path))
    assert written.text == "台"
    assert written.engine.startswith("faster-whisper ")


@pytest.mark.parametrize("kind", ["faster-whisper", "sherpa-whisper"])
def test_the_real_packages_refuse_a_folder_that_is_no_model(kind, tmp_path):
    pytest.importorskip(kind.replace("-", "_") if kind == "faster-whisper" else "sherpa_onnx")
    for name in ("model.bin", "config.json", "tokenizer.json", "encoder.onnx", "decoder.onnx", "tokens.txt"):
        (tmp_path / name).write_bytes(b"model 1\n")
    soundfile.write(tmp_path / "item.wav", [0.0] * 16_000, 16_000, subtype="PCM_16")
    with pytest.raises(SignalError) as caught:
        recognise(tmp_path / "item.wav", RecogniserSettings(kind=kind, folder=tmp_path))
    assert caught.value.code == "recogniser.not-a-model"
