"""A manager lets people rest, ends their sign-ins at once, and puts names on projects; nobody else does."""

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.models import Audit, Contributor
from speechcorpus.workflows import people
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.people_desk import end_sessions, set_manager, set_paused
from speechcorpus.workflows.qualifications import vouch
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_requests import request_build
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor, invite_staff, signed_in
from speechcorpus.workflows.views.people import people_view
from speechcorpus.workflows.views.releases import releases_in_making
from tests.stage import set_stage


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now)


def browser(stage, actor):
    invite = invite_contributor if actor.role == "contributor" else invite_staff
    return exchange_invite(
        stage.store, invite(stage.store, actor.id, now=stage.now), now=stage.now
    ).session_token


def is_in(stage, token):
    return signed_in(stage.store, token, now=stage.now) is not None


def other_manager(stage):
    return Actor(role="manager", id=people.create_staff(stage.store, name="N", role="manager", now=stage.now))


def test_all_sign_ins_of_a_person_end_at_once_and_only_theirs(store, now):
    stage = set_stage(store, now)
    ann, ben = stage.contributor(), stage.contributor()
    anns, bens = [browser(stage, ann), browser(stage, ann)], browser(stage, ben)
    assert end_sessions(stage.store, stage.manager, "contributor", ann.id, now=stage.now) == 2
    assert [is_in(stage, token) for token in (*anns, bens)] == [False, False, True]
    assert end_sessions(stage.store, stage.manager, "contributor", ann.id, now=stage.now) == 0


def test_a_paused_contributor_takes_no_new_work_and_keeps_what_they_hold(stage):
    ann = stage.contributor()
    token, tasks = browser(stage, ann), stage.tasks()
    claim_task(stage.store, ann, tasks[0], now=stage.now)
    set_paused(stage.store, stage.manager, "contributor", ann.id, paused=True, now=stage.now)
    assert is_in(stage, token)
    with pytest.raises(SittingError) as caught:
        claim_task(stage.store, ann, tasks[1], now=stage.now)
    assert caught.value.code == "person.paused"
    set_paused(stage.store, stage.manager, "contributor", ann.id, paused=False, now=stage.now)
    [person] = people_view(stage.store, stage.manager, now=stage.now).people
    assert (person.state, person.active_claims, person.sessions) == ("active", 1, 1)
    with stage.store.catalogue.read() as session:
        actions = session.scalars(select(Audit.action).where(Audit.object == f"contributor:{ann.id}")).all()
    assert {"contributor.paused", "contributor.back"} <= set(actions)


def test_paused_staff_are_out_and_come_back_in_by_a_new_sign_in(stage):
    reviewer = stage.reviewer()
    token = browser(stage, reviewer)
    set_paused(stage.store, stage.manager, "staff", reviewer.id, paused=True, now=stage.now)
    assert not is_in(stage, token)
    with pytest.raises(AccessError):
        browser(stage, reviewer)
    set_paused(stage.store, stage.manager, "staff", reviewer.id, paused=False, now=stage.now)
    assert not is_in(stage, token)
    assert is_in(stage, browser(stage, reviewer))


def test_nobody_locks_the_last_manager_or_themselves_out(stage):
    with pytest.raises(AccessError):
        set_paused(stage.store, stage.manager, "staff", stage.manager.id, paused=True, now=stage.now)
    other = other_manager(stage)
    set_paused(stage.store, other, "staff", stage.manager.id, paused=True, now=stage.now)
    with pytest.raises(AccessError):
        set_paused(stage.store, stage.manager, "staff", other.id, paused=True, now=stage.now)


def test_who_withdrew_is_not_brought_back_by_anybody_else(stage):
    ann = stage.contributor()
    with stage.store.catalogue.write() as session:
        session.get_one(Contributor, ann.id).state = "withdrawn"
    for paused in (True, False):
        with pytest.raises(SittingError) as caught:
            set_paused(stage.store, stage.manager, "contributor", ann.id, paused=paused, now=stage.now)
        assert caught.value.code == "people.gone"


def test_a_name_on_a_project_closes_it_to_other_managers_until_it_is_taken_off(stage):
    other = other_manager(stage)
    set_manager(stage.store, stage.manager, stage.project_id, stage.manager.id, mine=True, now=stage.now)
    set_manager(stage.store, stage.manager, stage.project_id, stage.manager.id, mine=True, now=stage.now)
    assert people_view(stage.store, other, now=stage.now).project_id is None
    with pytest.raises(AccessError):
        set_manager(stage.store, other, stage.project_id, other.id, mine=True, now=stage.now)
    with pytest.raises(AccessError):
        set_manager(
            stage.store, stage.manager, stage.project_id, stage.reviewer().id, mine=True, now=stage.now
        )
    set_manager(stage.store, stage.manager, stage.project_id, stage.manager.id, mine=False, now=stage.now)
    assert people_view(stage.store, other, now=stage.now).project_id == stage.project_id


def test_people_are_shown_by_pseudonym_with_what_they_may_speak(store, now):
    stage = set_stage(store, now)
    ann = people.create_contributor(stage.store, locale="en", variety="cmn-TW", now=stage.now)
    for variety in ("cmn-TW", "nan-TW"):
        vouch(stage.store, stage.manager, kind="speaker", person_id=ann, variety=variety, now=stage.now)
    view = people_view(stage.store, stage.manager, now=stage.now)
    [person] = view.people
    assert [(known.variety, known.result, known.how) for known in person.known] == [
        ("cmn-TW", "suitable", "vouched"),
        ("nan-TW", "suitable", "vouched"),
    ]
    assert [(member.role, member.looks_after) for member in view.staff] == [("manager", False)]


def test_nobody_but_managers_touches_people(stage):
    ann, reviewer = stage.contributor(), stage.reviewer()
    for actor in (ann, reviewer, Actor(role="manager", id=reviewer.id)):
        with pytest.raises(AccessError):
            set_paused(stage.store, actor, "contributor", ann.id, paused=True, now=stage.now)
        with pytest.raises(AccessError):
            end_sessions(stage.store, actor, "contributor", ann.id, now=stage.now)
        with pytest.raises(AccessError):
            set_manager(stage.store, actor, stage.project_id, actor.id, mine=True, now=stage.now)
        with pytest.raises(AccessError):
            people_view(stage.store, actor, now=stage.now)


def test_releases_of_a_project_with_a_name_on_it_are_that_managers(stage):
    other = other_manager(stage)
    set_manager(stage.store, stage.manager, stage.project_id, stage.manager.id, mine=True, now=stage.now)
    asked = {
        "project_id": stage.project_id,
        "corpus": "taigi",
        "version": "1.0.0",
        "released_on": "2026-03-02",
    }
    with pytest.raises(AccessError):
        request_build(stage.store, other, **asked, settings={}, now=stage.now)
    release = request_build(stage.store, stage.manager, **asked, settings={}, now=stage.now)
    with pytest.raises(AccessError):
        approve_release(stage.store, other, release, corpus_id="", now=stage.now)
    assert releases_in_making(stage.store, other) == ([], [])
    assert [row.corpus for row in releases_in_making(stage.store, stage.manager)[0]] == ["taigi"]
