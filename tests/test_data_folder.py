"""Another program can read a data folder: one written from `docs/data-folder.md` with nothing else does."""

import hashlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from speechcorpus.store.models import Audit, Base, Contributor, Receipt, Segment
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.items import measure_item, save_transcript
from speechcorpus.workflows.signing_keys import rotate_signing_key
from tests.recorder_web.house import consent_change
from tests.stage import set_stage, voice

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "data-folder.md"
TEXTS = {
    "zh-Hant": "# 同意書\n\n錄你的聲音。",
    "zh-Hans": "# 同意书",
    "nan-Hant": "# 同意書",
    "en": "# Consent",
}
SAID = "今仔日天氣真好。"


def read(folder: Path) -> dict:
    command = [sys.executable, "-I", "-S", str(HERE / "data_folder_reader.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def spoken(sqlite_store, now):
    """A take that is stored, one that is being sent, words for the first; and what was sent."""
    sha256 = keep_consent_texts(sqlite_store, TEXTS)
    stage = set_stage(sqlite_store, now, **consent_change(sha256))
    recorder, pcm, half = stage.recorder(), voice(2, seed=1), voice(6, seed=2)
    recorder.record(pcm, prompt="p0").finish()
    recorder.record(half, prompt="p1")
    with sqlite_store.catalogue.read() as session:
        item = session.scalars(select(Segment.id)).one()
    measure_item(sqlite_store, item, now=stage.later)
    for number, words in enumerate((SAID[:-1], SAID)):
        at = stage.later + timedelta(hours=1)
        save_transcript(sqlite_store, recorder.actor, item, words, number, now=at)
    return sqlite_store, item, {hashlib.sha256(each).hexdigest() for each in (pcm, half)}, sha256


def test_a_reader_of_ten_years_hence_finds_the_sound_the_words_and_the_receipts(spoken, now):
    store, item, sounds, consent = spoken
    found = read(store.data_dir)
    assert set(found["takes"].values()) == sounds
    with store.catalogue.read() as session:
        segment, who = session.get_one(Segment, item), session.scalars(select(Contributor.pseudonym)).one()
        receipts = set(session.scalars(select(Receipt.id)))
        rows = session.scalar(select(func.count()).select_from(Audit))
    words = found["words"][item]
    assert (words["who"], words["written"]) == (who, SAID)
    assert words["item_sha256"] == segment.item_sha256
    assert found["receipts"] == dict.fromkeys(receipts, True)
    assert len(receipts) >= 2
    assert (found["audit"], found["unbalanced"]) == (rows, [])
    assert found["consent"] == {consent: sorted(TEXTS)}


def test_it_follows_a_changed_key_and_sees_what_was_changed(spoken, now):
    store = spoken[0]
    rotate_signing_key(store, now=now)
    assert all(read(store.data_dir)["receipts"].values())
    with store.catalogue.write() as session:
        triggers = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('receipt', 'audit')"
        )
        for name in session.scalars(text(triggers)).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("UPDATE receipt SET document = replace(document, 'c-0001', 'c-0002')"))
        session.execute(text("UPDATE audit SET action = 'nothing' WHERE seq = 3"))
    found = read(store.data_dir)
    assert not any(found["receipts"].values())
    assert found["audit"] == 2


def test_the_page_names_every_table_and_no_other():
    page = PAGE.read_text("utf-8")
    listed = re.findall(r"^\| `([a-z_]+)` \| .+ \|$", page[page.index("## Every table") :], re.M)
    assert listed == sorted(Base.metadata.tables)
