"""Every item of a claim is in one state that its contributor understands, on both databases."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import AccessError
from speechcorpus.store.models import FindingRow, OutcomeRow, Review, Revision, Segment, Staff, VerdictRow
from speechcorpus.workflows.views.home import home_view, latest_claim
from speechcorpus.workflows.views.recording import editor_view, recorder_view
from speechcorpus.workflows.views.work import work_view
from tests.stage import set_stage, voice

pytestmark = pytest.mark.either_database


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def recorder(stage):
    return stage.recorder()


@pytest.fixture
def segment(stage, recorder):
    """The id of the one item that was recorded."""
    prompt = recorder_view(stage.store, recorder.actor, recorder.claim, now=stage.now).prompts[0].prompt_id
    recorder.record(voice(2), prompt=prompt).finish()
    with stage.store.catalogue.read() as session:
        return session.scalars(select(Segment.id).where(Segment.prompt_id == prompt)).one()


def add(stage, *rows):
    with stage.store.catalogue.write() as session:
        session.add_all(rows)


def verdict(stage, segment, outcome="accepted", *, revision=None, sequence=1, after=timedelta()):
    return VerdictRow(
        id=str(uuid4()),
        segment_id=segment,
        sequence=sequence,
        revision_number=revision,
        evaluator="t@1+0",
        terms_sha256="0" * 64,
        facts="{}",
        outcome=outcome,
        created_at=stage.now + after,
    )


def text(stage, segment, number=1):
    return Revision(segment_id=segment, number=number, text="好。", author="t", created_at=stage.now)


def lines(segment, *states):
    return [
        OutcomeRow(segment_id=segment, line=line, state=state, price_minor=1)
        for line, state in zip(("record", "transcribe"), states, strict=True)
    ]


def sent_back(stage, segment, *, note="請重錄。"):
    reviewer = Staff(id=str(uuid4()), name="R", role="reviewer", locale="en", created_at=stage.now)
    add(stage, reviewer)
    return Review(
        id=str(uuid4()),
        segment_id=segment,
        terms_sha256="0" * 64,
        reviewer_id=reviewer.id,
        state="decided",
        decision="fix",
        note=note,
        created_at=stage.now,
        decided_at=stage.now + timedelta(hours=1),
    )


def refuse(stage, segment):
    """One reviewer's reject, with its finding."""
    with stage.store.catalogue.write() as session:
        reviewer = Staff(id=str(uuid4()), name="R", role="reviewer", locale="en", created_at=stage.now)
        session.add(reviewer)
        session.flush()
        review = Review(
            id=str(uuid4()),
            segment_id=segment,
            terms_sha256="0" * 64,
            reviewer_id=reviewer.id,
            state="assigned",
            created_at=stage.now,
        )
        session.add(review)
        session.flush()
        numbers = {"measured": "1.5", "comparator": ">", "limit": "1", "unit": "s", "facts": {}}
        session.add(FindingRow(review_id=review.id, code="noise.third-voice", severity="fix", **numbers))
        session.flush()
        review.state, review.decision, review.decided_at = "decided", "reject", stage.now


def clip(stage, recorder):
    return work_view(stage.store, recorder.actor, recorder.claim).clips[0]


def test_what_was_never_recorded_says_so(stage, recorder):
    view = work_view(stage.store, recorder.actor, recorder.claim)
    assert [each.state for each in view.clips] == ["not-recorded", "not-recorded"]


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ([], "measuring"),
        (["rejected"], "held"),
        (["repairable"], "held"),
        (["accepted"], "no-text"),
        (["accepted", "text"], "measuring"),  # the text has not been judged yet
        (["accepted with text", "text"], "ready"),
        (["repairable with text", "text"], "held"),
    ],
)
def test_an_item_not_handed_in_says_what_it_still_lacks(stage, recorder, segment, known, state):
    made = {"text": lambda: text(stage, segment)}
    for outcome in ("accepted", "repairable", "rejected"):
        made[outcome] = lambda outcome=outcome: verdict(stage, segment, outcome)
        made[f"{outcome} with text"] = lambda outcome=outcome: verdict(stage, segment, outcome, revision=1)
    add(stage, *(made[each]() for each in known))
    assert clip(stage, recorder).state == state


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (("pending", "pending"), "in-review"),
        (("accepted", "accepted"), "accepted"),
        (("void", "void"), "void"),
        (("accepted", "void"), "accepted"),
    ],
)
def test_an_item_handed_in_shows_what_became_of_it(stage, recorder, segment, states, state):
    add(stage, verdict(stage, segment, revision=1), text(stage, segment), *lines(segment, *states))
    shown = clip(stage, recorder)
    assert (shown.state, tuple(shown.lines[line] for line in ("record", "transcribe"))) == (state, states)


def test_a_refused_line_shows_on_its_item(stage, recorder, segment):
    add(stage, verdict(stage, segment, revision=1), text(stage, segment))
    for _ in range(2):
        refuse(stage, segment)
    add(stage, *lines(segment, "accepted", "refused"))
    assert clip(stage, recorder).state == "refused"


def test_an_item_sent_back_shows_the_note_until_it_is_judged_anew(stage, recorder, segment):
    add(stage, verdict(stage, segment, revision=1), text(stage, segment))
    add(stage, *lines(segment, "pending", "pending"), sent_back(stage, segment))
    shown = clip(stage, recorder)
    assert (shown.state, shown.sent_back.note) == ("sent-back", "請重錄。")
    add(stage, text(stage, segment, 2))
    add(stage, verdict(stage, segment, revision=2, sequence=2, after=timedelta(hours=2)))
    repaired = clip(stage, recorder)
    assert (repaired.state, repaired.sent_back) == ("ready", None)


def test_the_newest_verdict_counts(stage, recorder, segment):
    add(stage, verdict(stage, segment, "rejected"), verdict(stage, segment, "accepted", sequence=2))
    assert clip(stage, recorder).state == "no-text"


def test_the_editor_holds_what_was_recorded_in_the_order_of_the_prompts(stage, recorder, segment):
    view = editor_view(stage.store, recorder.actor, recorder.claim)
    assert [(each.segment_id, each.position, each.text) for each in view.segments] == [(segment, 1, None)]
    assert (view.prompts, view.marks) == (2, "，。？！")


def test_home_counts_recorded_and_written_items(stage, recorder, segment):
    add(stage, text(stage, segment), text(stage, segment, 2))
    [held] = home_view(stage.store, recorder.actor, now=stage.now).claims
    assert (held.counts.items, held.counts.recorded, held.counts.written) == (2, 1, 1)


def test_home_groups_tasks_that_are_alike_and_says_what_they_pay(stage):
    offers = home_view(stage.store, stage.contributor(), now=stage.now).offers
    assert [(each.work.band.name, each.open_tasks, each.items) for each in offers] == [
        ("low", 2, 2),
        ("medium", 2, 2),
        ("high", 2, 2),
    ]
    work = offers[0].work
    assert (work.per_item_minor, work.total_minor, work.hourly_minor) == (2500, 5000, 125000)
    assert float(work.estimate_min) == pytest.approx(2.4)


def test_home_says_when_the_cap_is_reached_and_when_consent_is_missing(stage, recorder):
    assert [each.room for each in home_view(stage.store, recorder.actor, now=stage.now).offers] == [False] * 3
    newcomer = stage.contributor(consents=False)
    view = home_view(stage.store, newcomer, now=stage.now)
    assert (view.consented, view.offers[0].consented, view.offers[0].room) == (False, False, True)


def test_nobody_sees_somebody_elses_work(stage, recorder, segment):
    stranger = stage.contributor()
    for look in (partial(recorder_view, now=stage.now), editor_view, work_view):
        with pytest.raises(AccessError) as refused:
            look(stage.store, stranger, recorder.claim)
        assert refused.value.code == "not-found"
    assert latest_claim(stage.store, stranger) is None
    assert work_view(stage.store, stranger, None) is None
