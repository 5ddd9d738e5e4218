"""The operator's page: what waits and was given up, how full the disk is, when the house was looked after."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recorder_web.i18n import LOCALES
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Audit, Blob, Job
from speechcorpus.workflows.upkeep import note_upkeep
from speechcorpus.workflows.views.operation import operation


@pytest.fixture
def dead(house):
    """A job that was given up; its error names a person and an address."""
    with house.store.catalogue.write() as session:
        job = session.get_one(Job, enqueue(session, "cut_clip", {"segment_id": "s"}, now=house.now))
        job.state, job.attempts, job.finished_at = "dead", 5, house.now
        job.error = (
            "Traceback\n  File 'x'\nOSError: c-0042 at 10.0.0.7\nhas no space\n<script>alert(1)</script>\n"
        )
    return job.id


def test_an_empty_house_teaches_what_will_be_there(house):
    page = house.staff("operator").get("/staff/operation?lang=en").text
    for words in ("Nothing was given up", "run speechcorpus backup", "Nothing is in the queue now", "0 s"):
        assert words in page


def test_it_is_said_in_every_language(house, dead):
    manager = house.staff("manager")
    assert {manager.get(f"/staff/operation?lang={each}").status_code for each in LOCALES} == {200}


def test_a_job_that_was_given_up_is_shown_with_its_reason_and_nobodys_data(house, dead):
    page = house.staff("operator").get("/staff/operation").text
    assert dead[:8] in page
    assert "&lt;script&gt;" in page
    assert "c-0042" not in page
    home = house.staff("operator").get("/staff/home?lang=en").text
    assert "Jobs that were given up" in home


def test_it_is_tried_again_once_and_the_log_says_by_whom(house, dead):
    operator = house.staff("operator")
    for _ in range(2):
        answer = operator.post(f"/staff/operation/jobs/{dead}/again")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/operation#dead")
    with house.store.catalogue.read() as session:
        job = session.get_one(Job, dead)
        assert (job.state, job.attempts, job.run_after) == ("queued", 0, house.now)
        told = session.scalars(select(Audit.actor).where(Audit.action == "job.tried-again")).all()
    assert told == [operator.actor.name_for_audit]
    assert operator.post("/staff/operation/jobs/unknown/again").status_code == 404


def test_it_is_for_nobody_else(house, dead):
    for role in ("reviewer", "payer", "ml"):
        browser = house.staff(role)
        assert browser.get("/staff/operation").status_code == 404
        assert browser.post(f"/staff/operation/jobs/{dead}/again").status_code == 404


def test_the_disk_is_foretold_by_the_pace_of_the_week(house):
    operator = house.staff("operator")
    with house.store.catalogue.write() as session:
        for n, days in enumerate((1, 6, 30)):
            row = {"bytes": 7 * 10**9, "stored_at": house.now - timedelta(days=days)}
            session.add(Blob(sha256=f"{n:064x}", **row))
    view = operation(house.store, operator.actor, now=house.now)
    assert view.bytes_per_day == 2 * 10**9
    assert view.full_in_days == pytest.approx(view.disk.free_bytes / 2e9)
    assert "days at this week" in operator.get("/staff/operation?lang=en").text


def test_what_was_found_and_what_is_overdue_stands_out(house):
    operator = house.staff("operator")
    with house.store.catalogue.write() as session:
        note_upkeep(session, "backup", {"faults": 0}, now=house.now)
        note_upkeep(session, "scrub", {"faults": ["blob.rotten blob:x"]}, now=house.now)
    looks = operation(house.store, operator.actor, now=house.now)
    assert (looks.upkeep_look("backup"), looks.upkeep_look("scrub")) == ("ok", "stop")
    later = operation(house.store, operator.actor, now=house.now + timedelta(days=2))
    assert later.upkeep_look("backup") == "fix"
    assert "1 faults" in operator.get("/staff/operation?lang=en").text
