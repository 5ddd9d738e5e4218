"""The manager's pages: what they show, what their forms do, and what each says when something is wrong."""

import csv
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import recorder_web
from recorder_web.i18n import LOCALES
from recorder_web.plots import HEIGHT, Series, nice_top, steps_plot
from speechcorpus.domain import plain
from speechcorpus.store.models import Claim, ClaimTime, Contributor, Project, Qualification, Staff, TermsDraft
from speechcorpus.work.terms_rules import WHY
from speechcorpus.workflows.impartial import barred_contributors
from speechcorpus.workflows.views.terms_page import terms_page
from tests.desk import shelf


@pytest.fixture
def manager(house):
    return house.sign_in(house.stage.manager)


def test_the_first_page_of_staff_says_where_they_are_and_what_waits(house, work):
    reviewer = house.staff("reviewer")
    page = reviewer.get("/staff/home?lang=en").text
    assert "Clips to listen to" in page
    assert re.search(r"<span class=\"stat__value\">2</span>", page)
    assert "72 h left" in page
    assert 'href="/staff/queue"' in page
    empty = house.staff("payer").get("/staff/home?lang=en").text
    assert "Nothing waits for you" in empty
    assert "Payments for a second person" in empty


def test_every_link_of_the_menu_opens(house, work):
    for role in ("reviewer", "manager", "payer", "ml", "operator"):
        browser = house.staff(role)
        page = browser.get("/staff/home").text
        menu = re.search(r'<nav class="nav".*?</nav>', page, re.S)[0]
        links = re.findall(r'href="([^"]+)"', menu)
        assert links[0] == "/staff/home"
        assert {link: browser.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_targets_are_set_in_hours_and_seen_in_the_matrix_and_its_file(house, manager):
    cell = {"target:nan-TW:read:low": "40", "target:nan-TW:read:high": "0.5"}
    assert manager.post("/staff/coverage/targets", project="taigi-noise", **cell).status_code == 303
    page = manager.get("/staff/coverage?lang=en").text
    assert re.search(r"<b class=\"num\">0\.0</b><span class=\"x-u\">/ 40 ", page)
    assert 'value="0.5"' in page
    assert "! 0%" in page
    rows = list(csv.DictReader(manager.get("/staff/coverage.csv").text.splitlines()))
    assert [(row["band"], row["target_h"], row["accepted_h"]) for row in rows] == [
        ("low", "40.00", "0.0000"),
        ("medium", "", "0.0000"),
        ("high", "0.50", "0.0000"),
    ]
    refused = manager.post(
        "/staff/coverage/targets", project="taigi-noise", **{"target:nan-TW:read:low": "many"}
    )
    assert (refused.status_code, "target.hours" in refused.text) == (422, True)


def test_an_empty_project_teaches_what_will_be_there(house, manager):
    for page, words in (
        ("funnel", "With the first clip the steps appear here."),
        ("coverage", "No targets yet."),
        ("people", "Make an invite link above"),
    ):
        assert words in manager.get(f"/staff/{page}?lang=en").text


def test_reasons_stand_with_code_count_and_share(house, work, manager):
    page = manager.get("/staff/funnel?lang=en").text
    assert "noise.burst" in page
    assert re.search(r'<td class="r num"><b>1</b></td><td class="r num">25\.0<span class="x-u">%', page)
    assert 'value="low" selected' in manager.get("/staff/funnel?band=low&days=7").text


def test_the_way_to_other_projects_is_on_every_page(house, manager):
    with house.store.catalogue.write() as session:
        session.add(Project(id="other", title="另外一個", created_at=house.now - timedelta(days=1)))
    for page in ("coverage", "funnel", "budget", "people", "terms"):
        assert f'<a href="/staff/{page}?project=other">另外一個</a>' in manager.get(f"/staff/{page}").text
        assert manager.get(f"/staff/{page}?project=nobodys").status_code == 404


def test_budget_shows_every_account_and_its_share(house, manager):
    page = manager.get("/staff/budget?lang=en").text
    assert "NT$ 1,000,000.00" in page
    for part in ("Paid", "Being paid", "Owed", "Reserved", "Free"):
        assert part in page
    assert 'role="img" aria-label="Paid 0.0%' in page


def test_pay_below_the_floor_is_an_alarm_on_the_budget_page_and_waits_on_the_first_page(house, manager):
    work = shelf(house.stage)
    people = [work.voice() for _ in range(5)]
    for number in range(20):
        work.put(people[number % 5], seconds=10)
    with house.store.catalogue.write() as session:
        for claim in session.scalars(select(Claim.id)).all():
            row = ClaimTime(claim_id=claim, active_s=3600, editor_s=0, accepted=1, sound_ms=10_000)
            row.timed_at = house.now
            session.add(row)
    page = manager.get("/staff/budget?lang=en").text
    assert "pay.below-floor" in page
    assert "less than NT$ 25.00 an hour; NT$ 196.00 was promised (20 claims measured)" in page
    assert "Work that pays less than promised" in manager.get("/staff/home?lang=en").text


def test_a_manager_vouches_pauses_and_signs_out_from_the_people_page(house, manager):
    page = manager.post("/staff/people/contributors", locale="en", vouched_for="nan-TW").text
    assert "/join#" in page
    with house.store.catalogue.read() as session:
        person = session.scalars(select(Contributor)).one().id
        assert session.scalars(select(Qualification.variety)).all() == ["nan-TW"]
    act = f"/staff/people/contributor/{person}"
    assert manager.post(f"{act}/vouch", variety="cmn-TW").status_code == 303
    assert manager.post(f"{act}/pause", paused="yes").status_code == 303
    assert manager.post(f"{act}/sessions").status_code == 303
    assert "chip--flag" in manager.get("/staff/people?lang=en").text
    assert manager.post(f"{act}/pause", paused="no").status_code == 303
    assert "/join#" in manager.post(f"{act}/invite").text
    assert manager.post("/staff/people/house/x/pause", paused="yes").status_code == 404
    assert manager.post(f"{act}/vouch", variety="nan").status_code == 422


def test_a_member_of_staff_gets_a_new_link_and_a_manager_their_name_on_the_project(house, manager):
    manager.post("/staff/people/staff", name="王", role="operator")
    with house.store.catalogue.read() as session:
        operator = session.scalars(select(Staff.id).where(Staff.role == "operator")).one()
    assert "/staff/join#" in manager.post(f"/staff/people/staff/{operator}/invite").text
    me, project = house.stage.manager.id, house.stage.project_id
    named = manager.post(f"/staff/people/staff/{me}/project", project=project, mine="yes")
    assert named.status_code == 303
    other = house.staff("manager")
    assert other.get(f"/staff/coverage?project={project}").status_code == 404
    assert "Create the first project" in other.get("/staff/coverage?lang=en").text


def test_a_reviewers_own_account_is_kept_from_the_people_page(house, manager):
    ear, voice = house.staff("reviewer"), house.stage.contributor()
    with house.store.catalogue.read() as session:
        called = session.get_one(Contributor, voice.id).pseudonym
    way = f"/staff/people/staff/{ear.actor.id}/own-account"
    wrong = manager.post(f"{way}?lang=en", pseudonym="c-9999")
    assert (wrong.status_code, "No contributor works under this pseudonym." in wrong.text) == (409, True)
    assert 'muted">Also records' not in manager.get("/staff/people").text
    assert manager.post(way, pseudonym=f" {called} ").location == "/staff/people#staff"
    assert 'muted">Also records' in manager.get("/staff/people").text
    with house.store.catalogue.read() as session:
        assert voice.id in barred_contributors(session, ear.actor, now=house.now)
    assert house.staff("reviewer").post(way, pseudonym=called).status_code == 404


def test_nobody_reads_who_a_contributor_is_from_the_managers_pages(house, work, manager):
    with house.store.catalogue.read() as session:
        people = session.scalars(select(Contributor)).all()
    for page in ("home", "coverage", "funnel", "budget", "terms"):
        text = manager.get(f"/staff/{page}").text
        assert [person.id for person in people if person.id in text] == [], page


def test_a_fault_in_the_terms_is_shown_with_its_line_and_the_text_is_kept(house, manager):
    text = terms_page(house.store, house.stage.manager, locale="en").text.replace("18", "many")
    saved = manager.post("/staff/terms", project="taigi-noise", version="0", text=text)
    assert saved.status_code == 303
    page = manager.get("/staff/terms?lang=en").text
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "many" in each)
    assert f"Line {line} cannot stand" in page
    assert 'aria-invalid="true"' in page
    assert "min_age = many" in page
    assert "terms/publish" not in page
    for locale, said in (
        ("zh-Hant", "讀不懂這一行的 TOML"),
        ("en", "TOML cannot be read"),
    ):
        assert said in manager.get(f"/staff/terms?lang={locale}").text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_rule_about_terms_is_said_in_every_language(locale):
    path = Path(recorder_web.__file__).parent / "messages" / f"{locale}.json"
    said = json.loads(path.read_text("utf-8"))
    placeholder = re.compile(r"\{(\w+)\}")
    for rule, why in WHY.items():
        facts = set(placeholder.findall(why)) - {"why"}
        assert set(placeholder.findall(said[f"terms.rule.{rule}"])) == facts, rule
    source = Path(plain.__file__).read_text("utf-8")
    assert {
        f"terms.rule.{rule}" for rule in re.findall(r'"(no-\w+|missing|unknown-key)"\)', source)
    } <= said.keys()


def test_terms_are_published_after_their_preview_was_read(house, manager):
    text = terms_page(house.store, house.stage.manager, locale="en").text
    text = text.replace('"1.0.0"', '"1.1.0"').replace("minor = 1500", "minor = 1800")
    manager.post("/staff/terms", project="taigi-noise", version="0", text=text.replace("\n", "\r\n"))
    page = manager.get("/staff/terms?lang=en").text
    assert "<del>1500</del>" in page
    assert "<ins>1800</ins>" in page
    assert "NT$ 28.00 a line" in page
    assert "We record your voice." in page
    sha256 = re.search(r'name="sha256" value="(\w+)"', page)[1]
    stale = manager.post("/staff/terms/publish", project="taigi-noise", sha256="0" * 64)
    assert (stale.status_code, "terms.draft-conflict" in stale.text) == (409, True)
    assert manager.post("/staff/terms/publish", project="taigi-noise", sha256=sha256).status_code == 303
    contributor = house.sign_in(house.stage.contributor())
    assert "NT$ 28.00 a line" in contributor.get("/home?lang=en").text


def test_of_two_drafts_the_second_is_shown_again_and_not_lost(house, manager):
    manager.post("/staff/terms", project="taigi-noise", version="0", text="one")
    answer = manager.post("/staff/terms", project="taigi-noise", version="0", text="my own words")
    assert answer.status_code == 409
    assert "my own words" in answer.text
    assert 'name="version" value="1"' in answer.text
    assert manager.post("/staff/terms/drop", project="taigi-noise").status_code == 303
    with house.store.catalogue.read() as session:
        assert session.scalars(select(TermsDraft)).all() == []


def test_the_audit_page_narrows_pages_and_verifies(house, work, manager):
    page = manager.get("/staff/audit?action=terms.published&lang=en").text
    assert page.count('<td class="mono">terms.published') == 1
    assert "No row matches" in manager.get("/staff/audit?object=claim:nobody&lang=en").text
    assert manager.get("/staff/audit?since=yesterday").status_code == 422
    assert manager.get("/staff/audit?before=never").status_code == 200
    assert re.search(r"All \d+ rows fit", manager.post("/staff/audit/verify?lang=en").text)


def test_a_plot_is_a_path_with_one_step_a_value():
    plot = steps_plot([Series(name="a", values=[0, 5, 10])])
    assert plot.top == 10
    assert plot.areas[0][1].count("V") == 3 + 1
    assert f"V{HEIGHT:.1f}" in plot.areas[0][1]
    assert [nice_top(value) for value in (0, 0.03, 7, 10, 10.1, 3e9)] == pytest.approx(
        [1, 0.05, 10, 10, 20, 5e9]
    )
