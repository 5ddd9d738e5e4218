"""Of the two who publish a release neither is let in by the other: a link shows its maker the way in."""

import hashlib

import pytest

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.store.models import Release, Staff
from speechcorpus.workflows.invites import invite_known_member, new_member
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.second_person import may_be_one
from speechcorpus.workflows.sign_in import exchange_invite, invite_staff
from tests.stage import set_stage

pytestmark = pytest.mark.either_database
CORPUS_ID = hashlib.sha256(b"").hexdigest()


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


def hired(stage, name: str) -> Actor:
    """A manager who came by a link from the shell."""
    made = create_staff(stage.store, name=name, role="manager", now=stage.now)
    return exchange_invite(stage.store, invite_staff(stage.store, made, now=stage.now), now=stage.now).actor


def let_in(stage, by: Actor, name: str, role="manager") -> Actor:
    """Whoever opens the link that `by` was shown for somebody new."""
    token = new_member(stage.store, by, name=name, role=role, now=stage.now).token
    return exchange_invite(stage.store, token, now=stage.now).actor


def built_by(stage, builder: Actor) -> str:
    with stage.store.catalogue.write() as session:
        manifest = {"a": {"sha256": "0" * 64, "bytes": 1}}
        said = {"settings": {}, "released_on": "2026-03-02", "created_at": stage.now, "summary": {}}
        said |= {"corpus": "c", "version": "1.0.0", "corpus_id": CORPUS_ID, "manifest": manifest}
        said |= {"state": "built", "built_by": builder.name_for_audit, "project_id": stage.project_id}
        session.add(Release(id="r", **said))
    return "r"


def refused(stage, approver: Actor) -> str:
    """The code of what holds an approval; a file of this release is missing, so nobody gets to the end."""
    with pytest.raises(ReleaseError) as caught:
        approve_release(stage.store, approver, "r", corpus_id=CORPUS_ID, now=stage.now)
    return caught.value.code


def one(stage, builder: Actor, other: Actor) -> bool:
    with stage.store.catalogue.read() as session:
        return may_be_one(session, builder.name_for_audit, other)


def test_whoever_was_let_in_by_the_builder_does_not_approve_until_the_shell_lets_them_in(stage):
    mine, honest = hired(stage, "A"), hired(stage, "B")
    built_by(stage, mine)
    assert refused(stage, honest) == "release.rotten"
    invite_known_member(stage.store, mine, honest.id, now=stage.now)
    assert refused(stage, honest) == "release.two-people"
    invite_staff(stage.store, honest.id, now=stage.now)
    assert refused(stage, honest) == "release.rotten"
    second = let_in(stage, mine, "C", "operator")
    assert refused(stage, second) == "release.two-people"
    with stage.store.catalogue.read() as session:
        assert session.get_one(Staff, second.id).state == "active"


def test_under_two_names_nobody_is_two_whichever_way_they_were_let_in(stage):
    mine, honest = hired(stage, "A"), hired(stage, "B")
    first, second = let_in(stage, mine, "C"), let_in(stage, mine, "D")
    beyond = let_in(stage, second, "E")
    assert one(stage, first, mine)  # built under the other name, approved under one's own
    assert one(stage, first, second)
    assert one(stage, mine, beyond)
    invite_known_member(stage.store, beyond, second.id, now=stage.now)  # the newest link is not by the first
    assert one(stage, mine, second)
    assert not any(one(stage, each, honest) for each in (mine, first, second, beyond))
    assert not one(stage, honest, beyond)


def test_what_the_house_built_by_itself_anybody_approves(stage):
    with stage.store.catalogue.read() as session:
        assert not may_be_one(session, "house", stage.manager)
