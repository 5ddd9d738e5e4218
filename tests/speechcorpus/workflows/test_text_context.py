"""What a check knows beside a text is true, and the same for editor, verdict and whoever judges again."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.event import Event
from speechcorpus.domain.transcript import SpeakerRate
from speechcorpus.qc.facts import CopiedText, Facts
from speechcorpus.store.models import Claim, FindingRow, MeasurementRow, OutcomeRow, Revision, Segment
from speechcorpus.workflows.events import keep_event
from speechcorpus.workflows.judge_clip import judge_row
from speechcorpus.workflows.judging import newest_verdict_row, stored_measurement
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.text_context import speaker_rate
from speechcorpus.workflows.transcripts import check_text, save_transcript
from tests.accepted import accepted_clips
from tests.monologue import sentences, talk
from tests.stage import RATE_HZ, set_stage, spoken, work_off

pytestmark = pytest.mark.either_database

TEN = "今仔日的天氣真正好啊。"
STORY = "阮兜的後壁有一條溪，熱天的時陣定定有人佇遐釣魚。"
MANDARIN = "他們現在很喜歡這個地方。"


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def heard(stage, shared):
    return talk(stage, sentences(shared, 1, 2, 3, pause_s=3.2))


def checked(heard, segment: Segment, text: str):
    return check_text(heard.stage.store, heard.actor, segment.id, text)


def rules(heard, segment: Segment, text: str) -> set[str]:
    return {violation.rule for violation in checked(heard, segment, text).violations}


def save(heard, segment: Segment, text: str) -> None:
    save_transcript(heard.stage.store, heard.actor, segment.id, text, 0, now=heard.stage.later)


def facts_of_verdict(heard, segment: Segment) -> Facts:
    with heard.stage.store.catalogue.read() as session:
        return Facts.from_document(newest_verdict_row(session, segment.id).facts)


def event(heard, segment: Segment, kind: str, start: int, end: int, language: str | None = None) -> None:
    found = Event(
        kind=kind,
        start_sample=segment.start_sample + start,
        end_sample=segment.end_sample + end,
        language=language,
    )
    store, take = heard.stage.store, heard.take.id
    keep_event(store, heard.actor, take, str(uuid4()), found, 0, now=heard.stage.later)


def assert_judged_alike(heard, segment: Segment) -> list[str]:
    """Whoever downloads terms, facts and text comes to the findings that the server kept; their codes."""
    with heard.stage.store.catalogue.read() as session:
        verdict = newest_verdict_row(session, segment.id)
        kept = session.scalars(select(FindingRow.code).where(FindingRow.verdict_id == verdict.id)).all()
        text = session.scalars(select(Revision.text).where(Revision.segment_id == segment.id)).one()
        terms, row = terms_by_hash(session, verdict.terms_sha256), session.get_one(Segment, segment.id)
        measurement = stored_measurement(session, row.item_sha256)
    facts = Facts.from_document(verdict.facts)
    again = judge_row(measurement, terms=terms, facts=facts, transcript=text)
    assert sorted(finding.code for finding in again.findings) == sorted(kept)
    return list(kept)


def test_free_speech_that_is_another_clip_is_doubted_as_it_is_typed_and_in_the_verdict(heard):
    first, second, third, *_ = heard.segments()
    save(heard, first, STORY)
    assert "VRB-PROMPT" in rules(heard, second, STORY)
    save(heard, second, STORY)
    assert facts_of_verdict(heard, second).copied == CopiedText(id=first.id, text=STORY)
    assert "transcript.vrb-prompt" in assert_judged_alike(heard, second)
    save(heard, third, TEN)
    assert facts_of_verdict(heard, third).copied is None
    assert "transcript.vrb-prompt" not in assert_judged_alike(heard, third)


def test_a_text_is_no_copy_of_itself(heard):
    first, *_ = heard.segments()
    save(heard, first, STORY)
    assert "VRB-PROMPT" not in rules(heard, first, STORY)


def test_wording_is_not_doubted_where_the_whole_item_is_another_language(heard):
    first, second, *_ = heard.segments()
    edge = round(0.3 * RATE_HZ)
    assert "WRD-CMN" in rules(heard, first, MANDARIN)
    event(heard, first, "code-switch", edge, -edge, "cmn-TW")
    event(heard, second, "code-switch", edge + 1, 0, "cmn-TW")
    assert "WRD-CMN" not in rules(heard, first, MANDARIN)
    assert "WRD-CMN" in rules(heard, second, MANDARIN)
    save(heard, first, MANDARIN)
    assert facts_of_verdict(heard, first).spoken_in == "cmn-TW"
    assert "transcript.wrd-cmn" not in assert_judged_alike(heard, first)
    save(heard, second, MANDARIN)
    assert facts_of_verdict(heard, second).spoken_in is None
    assert "transcript.wrd-cmn" in assert_judged_alike(heard, second)


def test_unclear_stretches_are_counted_once_and_hold_nothing_back(heard):
    first, *_ = heard.segments()
    assert checked(heard, first, TEN).unclear_syllables is None
    length = first.end_sample - first.start_sample
    event(heard, first, "unintelligible", 0, 2 * RATE_HZ - length)
    event(heard, first, "unintelligible", RATE_HZ, 2 * RATE_HZ - length)
    said = checked(heard, first, TEN)
    assert (said.unclear_syllables, said.unclear_limit) == (9, 3)  # two seconds at 4.5 syllables
    save(heard, first, TEN)
    assert facts_of_verdict(heard, first).unclear_syllables == 9
    assert_judged_alike(heard, first)


def spoken_in_two_seconds(stage, *, clips: int) -> str:
    """Accepted clips of one person whose rows say two voiced seconds and whose texts have ten syllables."""
    (actor,) = accepted_clips(stage, speakers=1, clips=clips)
    with stage.store.catalogue.write() as session:
        for row in session.scalars(select(MeasurementRow)):
            row.row = {**row.row, "speech_s": 2.0}
        for segment in session.scalars(select(Segment)):
            session.add(Revision(segment_id=segment.id, number=2, text=TEN, author="t", created_at=stage.now))
    return actor.id


def rate_of_first(stage, **wanted: object) -> SpeakerRate | None:
    with stage.store.catalogue.read() as session:
        some = select(Segment).join(Claim, Claim.id == Segment.claim_id).filter_by(**wanted)
        return speaker_rate(session, session.scalars(some.order_by(Segment.id)).first())


def test_the_pace_of_a_speaker_is_that_of_thirty_accepted_clips(stage):
    person = spoken_in_two_seconds(stage, clips=31)
    assert rate_of_first(stage, contributor_id=person) == SpeakerRate(median=5.0, mad=0.0, clips=31)
    with stage.store.catalogue.write() as session:
        texts = select(OutcomeRow).where(OutcomeRow.line == "transcribe").limit(2)
        for line in session.scalars(texts):
            line.state = "void"  # somebody else will write it
    assert rate_of_first(stage, contributor_id=person) is None


def test_a_lane_has_the_pace_of_its_own_clips(stage):
    spoken_in_two_seconds(stage, clips=30)
    with stage.store.catalogue.write() as session:
        lane, *others = session.scalars(select(Segment).order_by(Segment.id))
        lane.speaker = "B"
        session.flush()
        assert speaker_rate(session, lane) is None
        assert speaker_rate(session, others[0]) is None  # 29 are left
        lane.speaker = None
        session.flush()
        assert speaker_rate(session, others[0]) is not None


def test_the_first_verdict_keeps_the_pace_of_the_day_and_a_text_is_held_to_it(stage, shared):
    person = spoken_in_two_seconds(stage, clips=30)
    recorder = stage.recorder(Actor(role="contributor", id=person))
    recorder.record(spoken(shared), prompt="p0").finish()
    stranger = stage.recorder(task=1)
    stranger.record(spoken(shared, seed=2), prompt="p2").finish()
    work_off(stage)
    pace = SpeakerRate(median=5.0, mad=0.0, clips=30)
    for who, known, limit in ((recorder, pace, "3.5"), (stranger, None, "2.5")):
        with stage.store.catalogue.read() as session:
            segment = session.scalars(select(Segment).where(Segment.claim_id == who.claim)).one()
            facts = Facts.from_document(newest_verdict_row(session, segment.id).facts)
        assert facts.speaker_rate == known
        said = check_text(stage.store, who.actor, segment.id, TEN[:5]).violations
        assert [each.facts["limit"] for each in said if each.rule == "RATE-LO"] == [limit]
