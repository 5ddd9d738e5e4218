"""Real items, really measured: what a contributor downloads gives our verdicts again, to the last byte."""

import io
import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from speechcorpus.cli.judge import command as judge
from speechcorpus.cli.receipt import command as receipt
from speechcorpus.domain.browser_kind import browser_kind
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.models import OutcomeRow, Segment
from speechcorpus.store.store import open_store
from speechcorpus.workflows.certificates import Wish, issue
from speechcorpus.workflows.items import save_transcript
from speechcorpus.workflows.own_export import own_export
from speechcorpus.workflows.own_items import item_proof
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor
from speechcorpus.workflows.submission import submit_claim
from tests.stage import calibrate, set_stage, sha256, spoken, voice, work_off

UNSAMPLED = {"unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 0, first_two_claims_pct = 0"}
SAID = "今仔日天氣真好，咱做伙來去公園行行。"
WRONG = "今仔日天氣真好,咱做伙來去公園行行。"  # a comma of another keyboard: held


@pytest.fixture(scope="module")
def recorder(tmp_path_factory, sqlite_template, shared):
    """A claim with two items: one handed in and accepted, one held for a wrong mark in its text."""
    data = tmp_path_factory.mktemp("data")
    shutil.copy(sqlite_template, data / "catalogue.sqlite")
    stage = set_stage(open_store(data), datetime(2026, 3, 2, 8, 30, tzinfo=UTC), **UNSAMPLED)
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    recorder.record(voice(5, seed=77, level=0.0014), track="room").finish()
    recorder.record(spoken(shared), prompt="p0").finish()
    recorder.record(spoken(shared, seed=2), prompt="p1").finish()
    work_off(stage)
    for segment, text in zip(items(recorder), (SAID, WRONG), strict=True):
        save_transcript(stage.store, actor, segment, text, 0, now=stage.later)
    work_off(stage)
    submit_claim(stage.store, actor, recorder.claim, now=stage.later)
    yield recorder
    stage.store.catalogue.close()


def items(recorder):
    with recorder.stage.store.catalogue.read() as session:
        mine = select(Segment.id).where(Segment.claim_id == recorder.claim)
        return session.scalars(mine.order_by(Segment.prompt_id)).all()


def unpacked(blocks, folder):
    with zipfile.ZipFile(io.BytesIO(b"".join(blocks))) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
        return archive.namelist()


def judged(clip, terms):
    """What `speechcorpus judge` prints about the files in a folder."""
    options = ["--terms", terms, "--facts", clip / "facts.json", "--transcript", clip / "transcript.txt"]
    return CliRunner().invoke(judge, [str(clip / "clip.wav"), *map(str, options), "--json"]).output


def test_judge_on_what_my_work_hands_out_prints_the_stored_verdict_to_the_last_byte(recorder, tmp_path):
    stage, outcomes = recorder.stage, []
    for segment in items(recorder):
        folder = tmp_path / segment
        unpacked(item_proof(stage.store, recorder.actor, segment), folder)
        stored = (folder / "verdict.json").read_text()
        assert judged(folder, folder / "terms.json") == stored + "\n"
        outcomes.append(json.loads(stored)["outcome"])
        with stage.store.catalogue.read() as session:
            assert sha256((folder / "clip.wav").read_bytes()) == session.get_one(Segment, segment).item_sha256
    assert outcomes == ["accepted", "repairable"]


def test_an_item_of_somebody_else_is_not_there(recorder):
    with pytest.raises(AccessError, match="no such segment"):
        item_proof(recorder.stage.store, recorder.stage.contributor(), items(recorder)[0])


def test_all_my_data_is_there_and_its_receipts_and_verdicts_hold(recorder, tmp_path):
    stage = recorder.stage
    link = invite_contributor(stage.store, recorder.actor.id, now=stage.now)
    exchange_invite(stage.store, link, browser=browser_kind("Android Firefox/144"), now=stage.now)
    names = unpacked(own_export(stage.store, recorder.actor, now=stage.later), tmp_path)
    assert len(names) == len(set(names))
    kinds = sorted(name.split("/")[1].split("-")[0] for name in names if name.startswith("receipts/"))
    assert kinds == ["claim", "decision", "submission", "upload", "upload", "upload"]
    for name in names:
        if name.startswith("receipts/"):
            said = ["verify", str(tmp_path / name), "--keys", str(tmp_path / "keys.json")]
            assert CliRunner().invoke(receipt, said).exit_code == 0, name
    (terms,) = (tmp_path / "terms").iterdir()
    for segment in items(recorder):
        clip = tmp_path / "items" / segment
        assert judged(clip, terms) == (clip / "verdict.json").read_text() + "\n"
    assert len(list((tmp_path / "takes").iterdir())) == 3
    (signed,) = json.loads((tmp_path / "sign-ins.json").read_text())
    assert (signed["browser"], signed["by"], signed["ended_at"]) == ("Firefox/Android", "link", None)
    account = json.loads((tmp_path / "account.json").read_text())
    assert account["variety"] == "nan-TW"
    assert {each["purpose"] for each in json.loads((tmp_path / "consents.json").read_text())} >= {"record"}
    (ledger,) = json.loads((tmp_path / "ledger.json").read_text())
    told = json.loads((tmp_path / "items" / items(recorder)[0] / "item.json").read_text())
    assert {row["state"] for row in told["outcomes"]} == {"accepted"}
    assert ledger["owed_minor"] == sum(row["price_minor"] for row in told["outcomes"]) > 0


def test_a_certificate_counts_what_was_accepted_and_tells_only_what_was_ticked(recorder):
    stage = recorder.stage
    month = f"{stage.later:%Y-%m}"
    plain = issue(stage.store, recorder.actor, Wish(first=month, last=month), now=stage.later)
    rows = {row["type"]: row for row in plain["rows"]}
    with stage.store.catalogue.read() as session:
        lines = session.scalars(select(OutcomeRow.line).where(OutcomeRow.state == "accepted")).all()
    assert {kind: row["items"] for kind, row in rows.items()} == {
        "recording": lines.count("record"),
        "transcription": lines.count("transcribe"),
    }
    assert all(row["variety"] is row["band"] is None for row in plain["rows"])
    assert [plain[name] for name in ("name", "acceptance_pct", "amount_minor", "currency")] == [None] * 4
    ticked = {"variety": True, "bands": True, "acceptance": True, "amount": True, "name": "陳 怡君 "}
    wish = Wish(first=month, last=month, **ticked)
    first, second = (issue(stage.store, recorder.actor, wish, now=stage.later) for _ in range(2))
    assert first == second
    told = first
    assert (told["name"], told["acceptance_pct"], told["currency"]) == ("陳 怡君", "100", "TWD")
    assert {(row["variety"], row["band"]) for row in told["rows"]} == {("nan-TW", "low")}
    assert told["amount_minor"] > 0
    later = stage.later + timedelta(days=90)
    with pytest.raises(Exception, match="nothing was handed in"):
        issue(stage.store, recorder.actor, Wish(first="2030-01", last="2030-02"), now=later)
