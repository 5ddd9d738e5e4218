"""Codes that lose the right to refuse, reviewers who pause: on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import (
    Appeal,
    Audit,
    Claim,
    CodeGateRow,
    Job,
    OutcomeRow,
    Project,
    ReviewerPause,
)
from speechcorpus.workflows.code_gates import gates_of, is_paused, may_refuse
from speechcorpus.workflows.review_figures import ask_for_figures, compute_figures, compute_gates
from speechcorpus.workflows.reviewer_pauses import resume_reviewer
from tests.panel import ACCEPT, Panel
from tests.stage import set_stage

VOICE = "noise.third-voice"


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def panel(stage, now):
    return Panel(store=stage.store, project_id=stage.project_id, now=now)


def hear(panel, *, alike, apart, neither, at=None):
    """Doubles on which two reviewers named a code both, or one of them, or none."""
    said = [(VOICE, VOICE)] * alike + [(VOICE, ACCEPT)] * apart + [(ACCEPT, ACCEPT)] * neither
    for n, (one, other) in enumerate(said):
        panel.item(f"c{n % 20}", ("ann", one), ("ben", other), double=True, at=at)
    panel.keep()


def rows(stage, table):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(table)).all()


def may(stage, code=VOICE):
    with stage.store.catalogue.read() as session:
        return may_refuse(session, stage.project_id, code)


def test_a_code_that_people_hear_differently_loses_its_refusals_and_those_that_are_open(stage, panel, now):
    refused = panel.item("c1", ("ann", VOICE), ("ben", VOICE))
    panel.refused(refused, code=VOICE)
    hear(panel, alike=10, apart=20, neither=70)
    assert may(stage)
    assert compute_gates(stage.store, stage.project_id, now=now) == [VOICE]
    assert not may(stage)
    assert may(stage, "consent.other-speaker")
    (line,) = rows(stage, OutcomeRow)
    (appeal,) = rows(stage, Appeal)
    assert (line.state, appeal.opened_by, appeal.state) == ("accepted", "house", "expired")
    with stage.store.catalogue.read() as session:
        gate = next(gate for gate in gates_of(session, stage.project_id) if gate.code == VOICE)
        assert check_audit(session) is None
    assert (gate.state, gate.doubles, gate.named, gate.contributors) == ("barred", 100, 30, 20)
    assert gate.alpha.low < gate.alpha.value < gate.alpha.high
    assert "code.gate" in {row.action for row in rows(stage, Audit)}


def test_what_a_code_refused_is_lifted_claim_by_claim_and_also_after_a_crash(store, stage, panel, now):
    refused = panel.item("c1", ("ann", VOICE), ("ben", VOICE))
    panel.refused(refused, code=VOICE, appeal="open")
    hear(panel, alike=10, apart=20, neither=70)
    with ThreadPoolExecutor(1) as other:
        with store.catalogue.write() as session:
            session.get_one(Claim, "c1-low-nan-TW", with_for_update=True)
            lost = other.submit(compute_gates, store, stage.project_id, now=now)
            if not store.catalogue.is_sqlite:  # which has one writer anyway
                wait_until_blocked(store)
                session.get_one(Project, stage.project_id, with_for_update={"nowait": True})
        assert lost.result() == [VOICE]
    again = panel.item("c1", ("ann", VOICE), ("ben", VOICE))
    panel.refused(again, code=VOICE)
    panel.keep()
    assert compute_gates(store, stage.project_id, now=now) == []
    assert {row.state for row in rows(stage, OutcomeRow)} == {"accepted"}
    with store.catalogue.read() as session:
        gate = next(gate for gate in gates_of(session, stage.project_id) if gate.code == VOICE)
    assert (gate.appeals, gate.paused) == (0, False)  # no judge was wrong


def wait_until_blocked(store):
    waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        with store.catalogue.read() as session:
            if session.execute(text(waits)).first():
                return
        sleep(0.01)
    raise AssertionError("nobody waits for the claim")


@pytest.mark.either_database
def test_a_gate_is_kept_when_it_changed_and_never_edited(stage, panel, now):
    hear(panel, alike=10, apart=20, neither=69)
    compute_gates(stage.store, stage.project_id, now=now)
    first = len(rows(stage, CodeGateRow))
    assert may(stage)  # 99 doubles say nothing
    compute_gates(stage.store, stage.project_id, now=now + timedelta(hours=2))
    assert len(rows(stage, CodeGateRow)) == first
    hear(panel, alike=0, apart=0, neither=1)
    assert compute_gates(stage.store, stage.project_id, now=now + timedelta(hours=3)) == [VOICE]
    hear(panel, alike=150, apart=0, neither=20)
    assert compute_gates(stage.store, stage.project_id, now=now + timedelta(hours=4)) == []
    assert may(stage)
    seeds = {row.seed for row in rows(stage, CodeGateRow) if row.code == VOICE}
    assert len(seeds) == 1
    for statement in ("UPDATE code_gate SET state = 'good'", "DELETE FROM code_gate"):
        with (
            pytest.raises(IntegrityError, match="code_gate rows are never"),
            stage.store.catalogue.write() as session,
        ):
            session.execute(text(statement))


def test_a_reviewer_who_is_wrong_about_gold_pauses_and_their_refusals_are_heard_again(stage, panel, now):
    for n in range(40):
        panel.gold("ann", VOICE, VOICE if n < 30 else ACCEPT)
        panel.gold("ben", VOICE, VOICE if n < 36 else ACCEPT)
    old, new = now - timedelta(days=15), now - timedelta(days=13)
    for at in (old, new):
        panel.refused(panel.item("c1", ("ann", VOICE), ("cyd", VOICE), at=at), code=VOICE)
    panel.keep()
    compute_figures(stage.store, now=now)
    with stage.store.catalogue.read() as session:
        assert (is_paused(session, "ann"), is_paused(session, "ben")) == (True, False)
    (pause,) = rows(stage, ReviewerPause)
    assert (pause.staff_id, pause.code, pause.hits, pause.items) == ("ann", VOICE, 30, 40)
    (appeal,) = rows(stage, Appeal)
    assert (appeal.opened_by, appeal.state) == ("house", "open")
    compute_figures(stage.store, now=now + timedelta(hours=1))
    assert len(rows(stage, ReviewerPause)) == 1


@pytest.mark.either_database
def test_a_resumed_reviewer_is_judged_by_what_comes_after(stage, panel, now):
    for n in range(40):
        panel.gold("ann", VOICE, VOICE if n < 30 else ACCEPT)
    panel.keep()
    compute_figures(stage.store, now=now)
    later = now + timedelta(hours=1)
    reviewer = Actor(role="reviewer", id="ann")
    with pytest.raises(AccessError):
        resume_reviewer(stage.store, reviewer, "ann", "I am fine", now=later)
    with pytest.raises(SittingError, match="say why"):
        resume_reviewer(stage.store, stage.manager, "ann", "  ", now=later)
    resume_reviewer(stage.store, stage.manager, "ann", "heard forty together", now=later)
    compute_figures(stage.store, now=later + timedelta(hours=1))
    with stage.store.catalogue.read() as session:
        assert not is_paused(session, "ann")
    with pytest.raises(SittingError, match="not paused"):
        resume_reviewer(stage.store, stage.manager, "ann", "again", now=later)
    assert {"reviewer.paused", "reviewer.resumed"} <= {row.action for row in rows(stage, Audit)}


@pytest.mark.either_database
def test_figures_are_asked_for_after_a_decision_and_once_an_hour(stage, panel, now):
    def ask(**after):
        return ask_for_figures(stage.store, now=now + timedelta(**after))

    assert not ask()  # nobody decided anything
    hear(panel, alike=1, apart=0, neither=0)
    assert [ask(minutes=1), ask(minutes=30)] == [True, False]
    hear(panel, alike=1, apart=0, neither=0, at=now + timedelta(minutes=40))
    assert [ask(minutes=50), ask(minutes=62), ask(hours=3)] == [False, True, False]
    assert {row.kind for row in rows(stage, Job)} == {"review_figures"}
