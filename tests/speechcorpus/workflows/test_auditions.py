from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import (
    Audit,
    Audition,
    Claim,
    Consent,
    OutcomeRow,
    Prompt,
    Segment,
    Task,
    TaskPrompt,
    TimeLost,
    VerdictRow,
)
from speechcorpus.workflows import audition_endings, audition_results, audition_reviews, auditions
from speechcorpus.workflows.audition_tasks import FREE
from speechcorpus.workflows.claims import claim_task, return_claim
from speechcorpus.workflows.consents import give_consent
from speechcorpus.workflows.impartial import keep_acquaintance
from speechcorpus.workflows.invites import new_contributor
from speechcorpus.workflows.items import save_transcript
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.ledger import balance
from speechcorpus.workflows.projects import make_tasks
from speechcorpus.workflows.qualifications import (
    is_reviewer_of,
    may_write,
    qualify,
    standing_of_speaker,
    vouch,
)
from speechcorpus.workflows.sign_in import exchange_invite
from speechcorpus.workflows.submission import submit_claim
from speechcorpus.workflows.views.audition_queue import audition_list
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.audition import WORDS, handed_in, tryout
from tests.drawing import sound_checked
from tests.monologue import sentences
from tests.stage import PURPOSES, RATE_HZ, Recorder, set_stage, voice, work_off

FEE = 10_000
WRONG = ("完全無仝款的話啦。",)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now)


def refusal(act):
    with pytest.raises(SpeechCorpusError) as refused:
        act()
    return refused.value.code


def held_by(stage, account):
    with stage.store.catalogue.read() as session:
        return balance(session, stage.project_id, account)


def standing(stage, actor):
    with stage.store.catalogue.read() as session:
        return standing_of_speaker(session, actor.id, "nan-TW")


def test_nobody_claims_work_in_a_variety_before_they_were_heard_in_it(stage):
    stranger = stage.contributor(vouched=False)
    claim = lambda: claim_task(stage.store, stranger, stage.tasks()[0], now=stage.now)  # noqa: E731
    assert refusal(claim) == "audition.needed"
    made = tryout(stage, stranger)
    made.record()
    made.hand_in()
    assert refusal(claim) == "audition.needed"  # it is not decided yet
    assert (made.listen(), made.listen()) == (None, "suitable")
    assert claim()
    with stage.store.catalogue.read() as session:
        assert check_audit(session) is None


def test_the_fee_is_set_aside_at_the_beginning_and_owed_at_hand_in_whatever_the_result(stage):
    budget = held_by(stage, f"project_budget:{stage.project_id}")
    made = tryout(stage)
    assert held_by(stage, f"reserved:{stage.project_id}") == FEE
    made.record()
    made.hand_in()
    owed = f"owed:{made.actor.id}"
    assert (held_by(stage, owed), held_by(stage, f"reserved:{stage.project_id}")) == (FEE, 0)
    assert [made.listen(other=True), made.listen(other=True)] == [None, "not_suitable"]
    assert held_by(stage, owed) == FEE
    assert held_by(stage, f"project_budget:{stage.project_id}") == budget - FEE
    assert refusal(made.hand_in) == "audition.edge"


def test_an_audition_makes_no_items_that_anybody_could_refuse_or_pay_a_second_time(lite):
    made = handed_in(lite)
    made.listen()
    made.listen()
    tidy(lite.store, lite.later + timedelta(days=2))
    with lite.store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(OutcomeRow)) == 0
        states = session.scalars(select(Task.state).where(Task.audition_id == made.id)).all()
    assert set(states) == {"accepted"}


def test_an_audition_is_handed_in_as_a_whole_and_not_given_back(lite):
    made = tryout(lite)
    claim = made.claims()["read"]
    assert refusal(lambda: submit_claim(lite.store, made.actor, claim, now=lite.now)) == "audition.whole"
    assert refusal(lambda: return_claim(lite.store, made.actor, claim, now=lite.now)) == "audition.whole"
    assert refusal(made.hand_in) == "audition.incomplete"
    made.record(free_s=40)
    assert refusal(made.hand_in) == "audition.incomplete"  # forty seconds are no minute


def test_its_sentences_are_still_to_be_collected_by_everybody(lite):
    tryout(lite)
    with lite.store.catalogue.write() as session:
        for task in session.scalars(select(Task).where(Task.audition_id.is_(None))):
            task.state = "void"
    made = make_tasks(lite.store, lite.manager, lite.project_id, items_per_task=2, now=lite.now)
    assert made == 6  # two in each band, and none of the topic that belongs to auditions
    with lite.store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(TaskPrompt)) == 12 + 12 + 5


def test_two_who_differ_are_joined_by_a_third_and_no_one_listens_twice(stage):
    made = handed_in(stage)
    assert made.listen(other=True) is None
    assert refusal(lambda: made.listen(by=made.listeners[0])) == "review.own-earlier"
    assert made.listen() is None
    assert [each.state for each in made.reviews()].count("queued") == 1
    assert made.listen(other=True) == "not_suitable"
    found = standing(stage, made.actor)
    assert (found.result, found.evidence["other_variety"], found.evidence["items"]) == (
        "not_suitable",
        [0, 5, 5],
        5,
    )


def test_transcripts_that_differ_from_both_listeners_own_lead_to_recording_only(lite):
    made = handed_in(lite)
    made.listen(texts=WRONG)
    assert made.listen(texts=WRONG) == "recording-only"
    assert claim_task(lite.store, made.actor, lite.tasks()[0], now=lite.later)
    with lite.store.catalogue.read() as session:
        assert not may_write(session, made.actor.id, "nan-TW")


def test_what_the_linter_would_mend_is_no_error_of_the_person(lite):
    made = handed_in(lite, words=(WORDS[0].replace("。", "."), WORDS[1], WORDS[2].replace("，", " , ")))
    made.listen()
    assert made.listen() == "suitable"
    assert standing(lite, made.actor).evidence["cer_pct"] == ["0.0", "0.0"]


def test_the_machine_alone_never_turns_anybody_down(lite):
    made = handed_in(lite, held=4)
    assert [made.listen(), made.listen(confirms=True), made.listen()] == [None, None, "suitable"]
    other = handed_in(lite, held=4)
    assert [other.listen(confirms=True), other.listen(confirms=True)] == [None, "not_suitable"]
    assert other.row().criterion == "machine"
    few = handed_in(lite, held=2)  # of five pieces: most can be handed in as they are
    assert [few.listen(confirms=True), few.listen(confirms=True)] == [None, "suitable"]


def test_no_answer_in_time_is_suitable(lite):
    made = handed_in(lite)
    made.listen(other=True)
    audition_results.lapse_auditions(lite.store, now=lite.later + timedelta(hours=72))
    assert made.row().state == "submitted"
    audition_results.lapse_auditions(lite.store, now=lite.later + timedelta(hours=72, seconds=1))
    assert (made.row().result, standing(lite, made.actor).result) == ("suitable", "suitable")
    assert {each.state for each in made.reviews()} == {"decided", "lapsed"}


def test_a_clock_set_forward_makes_no_audition_late(lite):
    made, late = handed_in(lite), lite.later + timedelta(hours=73)
    with lite.store.catalogue.write() as session:
        session.add(TimeLost(kind="step", seen_at=lite.later + timedelta(hours=2), seconds=2 * 3600))
    audition_results.lapse_auditions(lite.store, now=late)
    assert made.row().state == "submitted"
    audition_results.lapse_auditions(lite.store, now=late + timedelta(hours=1, seconds=1))
    assert made.row().result == "suitable"


@pytest.mark.either_database
def test_an_audition_of_which_one_item_was_taken_back_is_still_decided(stage):
    made = handed_in(stage)
    withdraw(stage.store, made.actor, Asked(scope="item", segment_id=made.items()[0]), now=stage.later)
    assert [made.listen(), made.listen()] == [None, "suitable"]


def test_time_the_house_lost_is_added_to_the_two_weeks_of_an_audition(lite):
    made, late = tryout(lite), lite.now + timedelta(days=14, hours=3)
    with lite.store.catalogue.write() as session:
        session.add(TimeLost(kind="outage", seen_at=lite.now + timedelta(days=2), seconds=3 * 3600))
    assert audition_endings.expire_auditions(lite.store, now=late) == 0
    assert made.row().state == "open"
    assert audition_endings.expire_auditions(lite.store, now=late + timedelta(seconds=1)) == 1


def test_a_second_try_comes_a_month_later_and_a_third_never(lite):
    made = handed_in(lite)
    made.listen(other=True)
    made.listen(other=True)
    again = lambda days: tryout(lite, made.actor, now=lite.later + timedelta(days=days))  # noqa: E731
    assert refusal(lambda: again(29)) == "audition.wait"
    second = again(30)
    second.record()
    second.hand_in()
    assert held_by(lite, f"owed:{made.actor.id}") == 2 * FEE
    second.listen(other=True)
    second.listen(other=True)
    assert refusal(lambda: again(90)) == "audition.tries"


def test_a_second_try_takes_nothing_away(lite):
    made = handed_in(lite)
    made.listen(texts=WRONG)
    made.listen(texts=WRONG)
    second = tryout(lite, made.actor, now=lite.later + timedelta(days=31))
    second.record()
    second.hand_in()
    second.listen(other=True)
    assert second.listen(other=True) == "not_suitable"
    assert standing(lite, made.actor).result == "recording-only"


def test_whoever_was_found_suitable_is_never_judged_again(stage):
    person = stage.contributor()
    assert refusal(lambda: tryout(stage, person)) == "audition.done"
    lesser = {"kind": "speaker", "person_id": person.id, "variety": "nan-TW", "result": "not_suitable"}
    with (
        pytest.raises(IntegrityError, match="a voice found suitable is not judged again"),
        stage.store.catalogue.write() as session,
    ):
        qualify(session, **lesser, how="audition", evidence=None, by=stage.manager, now=stage.now)


def test_what_was_found_is_neither_changed_nor_removed(stage):
    stage.contributor()
    for statement in ("UPDATE qualification SET result = 'not_suitable'", "DELETE FROM qualification"):
        with (
            pytest.raises(IntegrityError, match="qualification rows are never changed nor removed"),
            stage.store.catalogue.write() as session,
        ):
            session.execute(text(statement))
    made = handed_in(stage)
    made.listen()
    made.listen()
    for table in ("audition", "audition_review"):
        with (
            pytest.raises(IntegrityError, match="a decided audition is final"),
            stage.store.catalogue.write() as session,
        ):
            session.execute(text(f"UPDATE {table} SET state = 'open'"))


def test_an_audition_nobody_finished_ends_after_two_weeks_and_is_no_try(lite):
    made, whole = tryout(lite), tryout(lite)
    whole.record()
    late = lite.now + timedelta(days=14, seconds=1)
    tidy(lite.store, late)
    assert (made.row().state, whole.row().state) == ("expired", "submitted")
    assert held_by(lite, f"owed:{made.actor.id}") == 0
    assert held_by(lite, f"owed:{whole.actor.id}") == FEE
    assert held_by(lite, f"reserved:{lite.project_id}") == 0
    assert tryout(lite, made.actor, now=late).id != made.id
    with lite.store.catalogue.read() as session:
        claims = session.scalars(select(Claim.state).where(Claim.contributor_id == made.actor.id)).all()
    assert sorted(claims) == ["active", "active", "expired", "expired"]


def test_one_audition_runs_at_a_time_and_leaves_room_for_other_work(lite):
    made = tryout(lite)
    assert tryout(lite, made.actor).id == made.id
    vouch(lite.store, lite.manager, kind="speaker", person_id=made.actor.id, variety="nan-TW", now=lite.now)
    assert claim_task(lite.store, made.actor, lite.tasks()[0], now=lite.now)


def test_nobody_speaks_for_money_that_is_not_there(sqlite_store, now):
    stage = set_stage(sqlite_store, now, **{"budget_minor = 100000000": "budget_minor = 9999"})
    assert refusal(lambda: tryout(stage)) == "budget.short"


def test_only_who_knows_the_variety_listens_and_only_to_what_they_hold(lite):
    made = handed_in(lite)
    stranger, reviewer = lite.reviewer(), lite.reviewer()
    with lite.store.catalogue.write() as session:
        rows = {"kind": "reviewer", "person_id": stranger.id, "variety": "nan-TW", "result": "not_suitable"}
        qualify(session, **rows, how="gold", evidence={"right": 30, "of": 40}, by=lite.manager, now=lite.now)
        assert not is_reviewer_of(session, stranger.id, "nan-TW")
    first, second = (each.id for each in made.reviews())
    take = lambda who, what: audition_reviews.take_audition(lite.store, who, what, now=lite.later)  # noqa: E731
    assert refusal(lambda: take(stranger, first)) == "not-found"
    take(reviewer, first)
    assert refusal(lambda: take(lite.reviewer(), first)) == "review.taken"
    hear = lambda who, piece: audition_reviews.audition_audio(  # noqa: E731
        lite.store, who, first, piece, now=lite.later
    )
    assert refusal(lambda: hear(lite.reviewer(), made.items()[0])) == "not-found"
    assert refusal(lambda: hear(reviewer, handed_in(lite).items()[0])) == "not-found"
    assert second


def test_nobody_listens_to_somebody_they_know(lite):
    made, friend = handed_in(lite), lite.reviewer()
    with lite.store.catalogue.write() as session:
        keep_acquaintance(session, friend.id, made.actor.id, "invited", now=lite.now)
    review = made.reviews()[0].id
    take = lambda who: audition_reviews.take_audition(lite.store, who, review, now=lite.later)  # noqa: E731
    assert refusal(lambda: take(friend)) == "not-found"
    assert audition_list(lite.store, friend, now=lite.later) == ()
    assert len(audition_list(lite.store, lite.reviewer(), now=lite.later)) == 1


def test_a_late_listener_changes_nothing(lite):
    made = handed_in(lite)
    slow, quick, review = lite.reviewer(), lite.reviewer(), made.reviews()[0].id
    fence = audition_reviews.take_audition(lite.store, slow, review, now=lite.later)
    later = lite.later + timedelta(hours=2)
    assert audition_reviews.take_audition(lite.store, quick, review, now=later) == fence + 1
    opinion = audition_reviews.AuditionOpinion(other_variety=(), confirms_held=False, texts={})
    decide = lambda who, number: audition_reviews.decide_audition(  # noqa: E731
        lite.store, who, review, fence=number, opinion=opinion, now=later
    )
    assert refusal(lambda: decide(slow, fence)) == "review.lease-lost"
    assert refusal(lambda: decide(quick, fence + 1)) == "audition.text-missing"


def test_who_records_only_hands_in_without_text_and_loses_nothing_of_the_recording(lite):
    person = lite.contributor(vouched=False)
    with lite.store.catalogue.write() as session:
        found = {"kind": "speaker", "person_id": person.id, "variety": "nan-TW", "result": "recording-only"}
        qualify(session, **found, how="audition", evidence=None, by=lite.manager, now=lite.now)
    recorder = lite.recorder(person)
    for prompt in ("p0", "p1"):
        recorder.record(voice(2), prompt=prompt).finish()
    with lite.store.catalogue.write() as session:
        segments = session.scalars(select(Segment.id)).all()
        session.add_all(accepted_verdict(segment, lite.now) for segment in segments)
    save = lambda: save_transcript(lite.store, person, segments[0], "好。", 0, now=lite.later)  # noqa: E731
    assert refusal(save) == "audition.recording-only"
    done = submit_claim(lite.store, person, recorder.claim, now=lite.later)
    assert (done.handed_in, done.complete) == (2, True)
    with lite.store.catalogue.read() as session:
        assert set(session.scalars(select(OutcomeRow.line))) == {"record"}


def accepted_verdict(segment, now):
    row = VerdictRow(id=str(uuid4()), segment_id=segment, sequence=1, evaluator="e", facts="{}")
    row.terms_sha256, row.outcome, row.created_at = "0" * 64, "accepted", now
    return row


@pytest.mark.slow
def test_a_minute_of_real_speech_is_cut_measured_and_written_down(lite, shared):
    made = tryout(lite)
    free = Recorder(stage=lite, actor=sound_checked(lite, made.actor), claim=made.claims()[FREE])
    free.open()
    with lite.store.catalogue.read() as session:
        topic = session.scalars(select(Prompt.id).where(Prompt.kind == "audition")).one()
    minute = sentences(shared, *range(16), pause_s=1.0)[: 58 * RATE_HZ * 2]  # none of them twice
    free.record(minute, prompt=topic).finish(markers=[])
    work_off(lite)
    with lite.store.catalogue.read() as session:
        found = auditions.progress_of(session, session.get_one(Audition, made.id), now=lite.later)
    assert found.spoken_s >= 58
    assert len(found.sentences) == 3
    assert (found.recorded, found.written, found.measuring, found.complete) == (0, 0, False, False)
    save_transcript(lite.store, made.actor, found.sentences[0], "好。", 0, now=lite.later)


def test_who_withdraws_is_heard_by_nobody_and_keeps_what_was_earned(lite):
    made, begun = handed_in(lite), tryout(lite)
    listener, review = lite.reviewer(), made.reviews()[0].id
    take = lambda: audition_reviews.take_audition(lite.store, listener, review, now=lite.later)  # noqa: E731
    take()
    with lite.store.catalogue.write() as session:
        for row in session.scalars(select(Consent).where(Consent.contributor_id == made.actor.id)):
            row.withdrawn_at = lite.later
    assert refusal(take) == "not-found"
    with lite.store.catalogue.write() as session:
        for tried in (made, begun):
            assert audition_endings.end_auditions(session, tried.actor, tried.actor.id, now=lite.later) == 1
    assert (made.row().state, begun.row().state) == ("expired", "expired")
    assert held_by(lite, f"owed:{made.actor.id}") == FEE
    assert held_by(lite, f"reserved:{lite.project_id}") == 0


def test_whom_a_manager_vouches_for_claims_at_once_and_the_log_knows(lite):
    invite = new_contributor(lite.store, lite.manager, locale="en", vouched_for="nan-TW", now=lite.now)
    person = exchange_invite(lite.store, invite.token, now=lite.now).actor
    give_consent(lite.store, person, purposes=PURPOSES, language="en", now=lite.now)
    assert claim_task(lite.store, person, lite.tasks()[0], now=lite.now)
    with lite.store.catalogue.read() as session:
        told = session.scalars(select(Audit).where(Audit.action == "qualification.vouched")).all()
    assert told[-1].object == f"contributor:{person.id}"
    assert told[-1].actor == lite.manager.name_for_audit
    stranger = {"kind": "speaker", "person_id": person.id, "variety": "nan-TW", "now": lite.now}
    assert refusal(lambda: vouch(lite.store, lite.reviewer(), **stranger)) == "not-found"
    with_fault = lambda: new_contributor(  # noqa: E731
        lite.store, lite.manager, locale="en", vouched_for="xx", now=lite.now
    )
    assert refusal(with_fault) == "request.field"
