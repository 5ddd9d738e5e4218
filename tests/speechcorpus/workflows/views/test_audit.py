"""The audit page narrows and pages a log it cannot change, and says which row was changed by somebody."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import ProjectManager
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows import people, projects
from speechcorpus.workflows.views.audit import Narrowed, audit_view, check_chain
from tests.stage import set_stage, terms_text


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


def rows(stage, **asked):
    view = audit_view(stage.store, stage.manager, narrowed=Narrowed(**asked))
    return [line.action for line in view.lines]


def test_the_log_is_narrowed_by_object_actor_action_and_time(stage):
    recorder = stage.recorder()
    assert rows(stage, object="project:") == ["tasks.made", "prompts.imported", "terms.published"]
    assert rows(stage, object=f"claim:{recorder.claim}") == ["claim.made"]
    assert set(rows(stage, actor="manager")) >= {"terms.published", "tasks.made"}
    assert "claim.made" in rows(stage, actor="contributor")
    assert set(rows(stage, actor="house")) == {"contributor.made", "staff.made"}
    assert rows(stage, action="terms.") == ["terms.published"]
    assert rows(stage, since=stage.now + timedelta(seconds=1)) == []
    assert rows(stage, until=stage.now) == []
    assert rows(stage, object="project:%") == []


def test_pages_hold_every_row_once_newest_first(sqlite_store, now):
    stage = set_stage(sqlite_store, now)
    with stage.store.catalogue.write() as session:
        for number in range(20):
            append_audit(session, actor="t", action=f"n.{number}", object="staff:x", detail={}, now=stage.now)
    seen, before = [], None
    while True:
        view = audit_view(stage.store, stage.manager, before=before, size=3)
        seen += [line.seq for line in view.lines]
        if (before := view.older) is None:
            break
    assert seen == list(range(view.head.seq, 0, -1))


def test_rows_of_other_managers_projects_are_not_there(stage):
    other = Actor(
        role="manager", id=people.create_staff(stage.store, name="N", role="manager", now=stage.now)
    )
    theirs = parse_terms(terms_text(**{'id = "taigi-noise"': 'id = "theirs"'}))
    projects.create_project(stage.store, other, terms=theirs, title="Theirs", now=stage.now)
    with stage.store.catalogue.write() as session:
        for project, person in ((stage.project_id, stage.manager.id), ("theirs", other.id)):
            session.add(ProjectManager(project_id=project, staff_id=person, since=stage.now))
    recorder = stage.recorder()
    with stage.store.catalogue.write() as session:
        for about in ("take:no-such-take", "payout:p", f"sitting:{recorder.sitting}"):
            append_audit(session, actor="t", action="odd", object=about, detail={}, now=stage.now)
    view = audit_view(stage.store, other)
    assert view.own_only
    kinds = {line.object.partition(":")[0] for line in view.lines}
    assert {line.object for line in view.lines if line.object.startswith("project:")} == {"project:theirs"}
    assert kinds == {"project", "contributor", "staff"}
    mine = audit_view(stage.store, stage.manager)
    assert {"claim", "sitting"} <= {line.object.partition(":")[0] for line in mine.lines}
    assert "project:theirs" not in {line.object for line in mine.lines}


def test_walking_the_chain_names_the_row_that_was_changed(stage):
    whole = check_chain(stage.store, stage.manager)
    assert (whole.fault, whole.rows) == (None, whole.head.seq)
    with stage.store.catalogue.write() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for (name,) in session.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
            ).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("UPDATE audit SET action = 'nothing.happened' WHERE seq = 2"))
    broken = check_chain(stage.store, stage.manager).fault
    assert (broken.seq, broken.rule) == (2, "hash")


def test_the_log_is_for_managers_and_for_operators_whole(sqlite_store, now):
    stage = set_stage(sqlite_store, now)
    operator = people.create_staff(stage.store, name="O", role="operator", now=now)
    with stage.store.catalogue.write() as session:
        session.add(ProjectManager(project_id=stage.project_id, staff_id=stage.manager.id, since=now))
    whole = audit_view(stage.store, Actor(role="operator", id=operator))
    assert (whole.own_only, "terms.published" in whole.actions) == (False, True)
    assert "project:taigi-noise" in {line.object for line in whole.lines}
    for actor in (stage.reviewer(), stage.contributor()):
        for ask in (audit_view, check_chain):
            with pytest.raises(AccessError):
                ask(stage.store, actor)
