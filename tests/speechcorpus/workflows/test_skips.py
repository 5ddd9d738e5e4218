"""A prompt can be skipped, with a reason, and taken up again; it is then neither owed nor paid."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import SittingError, SpeechCorpusError
from speechcorpus.store.models import Claim, PromptSkip, Task
from speechcorpus.workflows.chips import take_view
from speechcorpus.workflows.claims import return_claim
from speechcorpus.workflows.items import save_transcript
from speechcorpus.workflows.skips import REASONS, skip_prompt, skipped_prompts, skips_of, take_back_skip
from speechcorpus.workflows.submission import submit_claim
from speechcorpus.workflows.views.funnel import funnel_view
from speechcorpus.workflows.views.held_claims import item_counts
from speechcorpus.workflows.views.recording import recorder_view
from speechcorpus.workflows.views.work import work_view
from tests.stage import calibrate, set_stage, spoken, voice, work_off

pytestmark = pytest.mark.either_database

UNSAMPLED = {"unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 0, first_two_claims_pct = 0"}
SAID = "今仔日天氣真好，咱做伙來去公園行行。"


@pytest.fixture
def stage(store, now):
    return set_stage(store, now, **UNSAMPLED)


@pytest.fixture
def recorder(stage):
    return stage.recorder()


def skip(recorder, prompt="p0", claim=None, actor=None, **body):
    stage = recorder.stage
    body = body or {"reason": "cannot-read"}
    return skip_prompt(
        stage.store, actor or recorder.actor, claim or recorder.claim, prompt, body, now=stage.now
    )


def take_back(recorder, prompt="p0", actor=None):
    stage = recorder.stage
    take_back_skip(stage.store, actor or recorder.actor, recorder.claim, prompt, now=stage.now)


def standing(recorder):
    with recorder.stage.store.catalogue.read() as session:
        return {prompt: each.reason for prompt, each in skips_of(session, recorder.claim).items()}


def refusal(act):
    with pytest.raises(SpeechCorpusError) as refused:
        act()
    return refused.value.code


@pytest.mark.parametrize("reason", [each for each in REASONS if each != "other"])
def test_a_prompt_is_skipped_for_each_reason_and_again_changes_nothing(recorder, reason):
    assert skip(recorder, reason=reason) is True
    assert skip(recorder, reason=reason) is False
    assert standing(recorder) == {"p0": reason}


def test_another_reason_takes_the_place_of_the_first_which_stays_known(recorder):
    skip(recorder, reason="offensive")
    assert skip(recorder, reason="other", words="  字看無。 ") is True
    assert standing(recorder) == {"p0": "other"}
    with recorder.stage.store.catalogue.read() as session:
        rows = session.scalars(select(PromptSkip).order_by(PromptSkip.id)).all()
    assert [(row.reason, row.words, row.taken_back_at is None) for row in rows] == [
        ("offensive", None, False),
        ("other", "字看無。", True),
    ]


def test_a_skip_is_taken_back_as_often_as_one_likes(recorder):
    skip(recorder)
    take_back(recorder)
    take_back(recorder)
    assert standing(recorder) == {}
    assert skip(recorder) is True
    assert standing(recorder) == {"p0": "cannot-read"}


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "too-hard"},
        {"reason": "other"},
        {"reason": "other", "words": "   "},
        {"reason": "other", "words": "長" * 201},
        {"reason": "private", "words": "有人的名"},
        {"reason": "private", "surprise": 1},
        {},
    ],
)
def test_a_reason_is_one_of_the_list_and_words_only_where_none_fits(recorder, body):
    stage = recorder.stage
    skipping = lambda: skip_prompt(stage.store, recorder.actor, recorder.claim, "p0", body, now=stage.now)  # noqa: E731
    assert refusal(skipping) == "request.field"
    assert standing(recorder) == {}


def test_nobody_skips_for_another_person_and_only_prompts_of_the_claim(recorder):
    stranger = recorder.stage.contributor()
    manager = recorder.stage.manager
    skip(recorder)
    assert refusal(lambda: skip(recorder, actor=stranger)) == "not-found"
    assert refusal(lambda: skip(recorder, actor=manager)) == "not-found"
    assert refusal(lambda: take_back(recorder, actor=stranger)) == "not-found"
    assert refusal(lambda: skip(recorder, claim=str(uuid4()))) == "not-found"
    assert refusal(lambda: skip(recorder, prompt="p3")) == "not-found"
    assert standing(recorder) == {"p0": "cannot-read"}


def test_a_claim_that_was_given_back_has_no_prompts_to_skip(recorder):
    return_claim(recorder.stage.store, recorder.actor, recorder.claim, now=recorder.stage.now)
    assert refusal(lambda: skip(recorder)) == "claim.edge"


def test_the_recorder_knows_what_was_skipped_and_home_does_not_count_it(recorder):
    stage = recorder.stage
    skip(recorder, reason="private")
    view = recorder_view(stage.store, recorder.actor, recorder.claim, now=stage.now)
    assert [prompt.skip for prompt in view.prompts] == ["private", None]
    assert [clip.state for clip in work_view(stage.store, recorder.actor, recorder.claim).clips] == [
        "skipped",
        "not-recorded",
    ]
    with stage.store.catalogue.read() as session:
        assert item_counts(session, [recorder.claim])[recorder.claim].items == 1


def test_managers_see_how_often_and_why_a_prompt_is_skipped_and_not_by_whom(recorder):
    stage = recorder.stage
    skip(recorder, prompt="p1", reason="mistake-in-text")
    skip(recorder, prompt="p0", reason="other", words="毋是阮的話")
    with stage.store.catalogue.read() as session:
        found = skipped_prompts(session, stage.project_id)
    assert funnel_view(stage.store, stage.manager, now=stage.now).skipped == found
    assert [(each.prompt_id, each.count, each.reasons, each.words) for each in found] == [
        ("p0", 1, {"other": 1}, ("毋是阮的話",)),
        ("p1", 1, {"mistake-in-text": 1}, ()),
    ]
    assert recorder.actor.id not in repr(found)


def delivered(recorder, shared):
    """Record, measure and write the second of two prompts."""
    stage = recorder.stage
    take = recorder.record(spoken(shared, seed=1), prompt="p1")
    take.finish()
    work_off(stage)
    segment = take_view(stage.store, recorder.actor, take.id).items[0].segment_id
    save_transcript(stage.store, recorder.actor, segment, SAID, 0, now=stage.later + timedelta(hours=1))


def submit(recorder):
    stage = recorder.stage
    return submit_claim(stage.store, recorder.actor, recorder.claim, now=stage.later + timedelta(hours=2))


@pytest.fixture
def calibrated(sqlite_store, now):
    stage = set_stage(sqlite_store, now, **UNSAMPLED)
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    recorder.record(voice(5, seed=77, level=0.0014), track="room").finish()
    return recorder


def test_a_claim_is_complete_when_every_prompt_is_delivered_or_skipped(calibrated, shared):
    delivered(calibrated, shared)
    skip(calibrated)
    done = submit(calibrated)
    assert (done.handed_in, done.complete) == (1, True)


def test_skipping_the_last_prompt_after_the_hand_in_lets_the_claim_be_closed(calibrated, shared):
    delivered(calibrated, shared)
    assert submit(calibrated).complete is False
    with pytest.raises(SittingError) as refused:
        submit(calibrated)
    assert refused.value.code == "submission.nothing-ready"
    skip(calibrated)
    assert submit(calibrated).complete is True
    with calibrated.stage.store.catalogue.read() as session:
        claim = session.get_one(Claim, calibrated.claim)
        assert (claim.state, session.get_one(Task, claim.task_id).state) == ("submitted", "accepted")


def test_who_skips_everything_has_nothing_to_hand_in(recorder):
    skip(recorder, prompt="p0")
    skip(recorder, prompt="p1")
    with pytest.raises(SittingError) as refused:
        submit(recorder)
    assert refused.value.code == "submission.nothing-ready"
