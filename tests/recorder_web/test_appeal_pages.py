"""Contest and appeal from the contributor's side, the judge's pages, and what no role may ever read there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import pytest
from sqlalchemy import select

from recorder_web.i18n import LOCALES
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Appeal, Contest, Contributor, GoldItem, OutcomeRow, Review, Staff
from speechcorpus.workflows.gold import mark_gold_item, queue_gold
from speechcorpus.workflows.views.appeals import appeal_list, appeal_view
from speechcorpus.workflows.views.queue import queue_view
from speechcorpus.workflows.views.review import review_view
from tests.hearing import an_item, clipped, decide, handed_in, heard, lines, refuse, waiting, wording
from tests.stage import TEXTS

WORDS = "That is a radio behind a wall."
NOTE = "x-no-reviewer-reads-this"
ROLES = ("reviewer", "manager", "ml", "payer", "operator")


@pytest.fixture
def recorder(house):
    return house.stage.recorder(task=0)


@pytest.fixture
def refused(house, recorder):
    """An item that two people refused, an hour ago."""
    item = an_item(recorder, "p0", wording())
    handed_in(recorder)
    refuse(house.stage, item)
    house.later(hours=4)
    return item


@pytest.fixture
def appeal(house, recorder, refused):
    """The appeal against it, made on the page."""
    contributor = house.sign_in(recorder.actor)
    answer = contributor.post(f"/work/{refused}/appeal", line="record", words=WORDS)
    assert (answer.status_code, answer.location) == (303, f"/work?claim={recorder.claim}&show=all")
    with house.store.catalogue.read() as session:
        return session.scalars(select(Appeal.id)).one()


@pytest.fixture
def judge(house, appeal):
    """A judge who holds it."""
    judge = house.staff("reviewer")
    assert judge.post(f"/staff/appeals/{appeal}/take").status_code == 303
    return judge


def test_a_contributor_contests_a_finding_on_the_page(house, recorder):
    item, contributor = an_item(recorder, "p0", clipped()), house.sign_in(recorder.actor)
    wrong = contributor.post(f"/work/{item}/contest", code="audio.hum", words="")
    assert (wrong.status_code, "contest.not-held" in wrong.text) == (409, True)
    answer = contributor.post(f"/work/{item}/contest", code="audio.clipped", words=WORDS)
    assert answer.status_code == 303
    with house.store.catalogue.read() as session:
        assert session.scalars(select(Contest.words)).all() == [WORDS]
    for other in (house.sign_in(house.stage.contributor()), house.staff("reviewer")):
        for way in ("contest", "appeal"):
            assert other.post(f"/work/{item}/{way}", code="audio.clipped").status_code in (401, 404)


def test_a_judge_overturns_a_refusal_and_it_is_paid(house, refused, appeal, judge):
    page = judge.get(f"/staff/appeals/{appeal}?lang=en").text
    assert WORDS in page
    assert "noise.third-voice" in page
    fence = re.search(r'name="fence" value="(\d+)"', page)[1]
    silent = judge.post(f"/staff/appeals/{appeal}/decide", fence=fence, decision="overturn", reason="")
    assert (silent.status_code, "appeal.reason" in silent.text) == (422, True)
    said = {"fence": fence, "decision": "overturn", "reason": "It is behind the voice."}
    for _ in range(2):  # sent twice, one effect
        answer = judge.post(f"/staff/appeals/{appeal}/decide", **said)
        assert (answer.status_code, answer.location) == (303, "/staff/appeals")
    assert lines(house.store, refused)["record"] == "accepted"
    assert "no appeal is waiting" in judge.get("/staff/appeals?lang=en").text.lower()


def test_the_judges_pages_speak_every_language(house, appeal, judge):
    other = house.staff("reviewer")
    for locale in LOCALES:
        for path in ("/staff/appeals", f"/staff/appeals/{appeal}"):
            assert judge.get(f"{path}?lang={locale}").status_code == 200
        page = other.get(f"/staff/appeals/{appeal}?lang={locale}").text
        assert f'action="/staff/appeals/{appeal}/take"' in page


def test_the_sound_of_an_appeal_is_for_its_judge(house, appeal, judge):
    heard = judge.get(f"/staff/appeals/{appeal}/audio")
    assert (heard.status_code, heard.data[:4]) == (200, b"RIFF")
    assert house.staff("reviewer").get(f"/staff/appeals/{appeal}/audio").status_code == 404


def test_a_contested_meter_is_judged_without_a_span_and_a_decision_twice_is_one(house, recorder):
    item, contributor = an_item(recorder, "p0", clipped()), house.sign_in(recorder.actor)
    contributor.post(f"/work/{item}/contest", code="audio.clipped", words="")
    handed_in(recorder)
    house.later(hours=1)
    for review in waiting(house.store, item):
        reviewer = house.staff("reviewer")
        reviewer.post(f"/staff/review/{review}/take")
        house.later(minutes=1)
        assert "audio.clipped" in reviewer.get("/staff/queue?source=contested&lang=en").text
        said = {"fence": "1", "decision": "reject", "code": "audio.clipped"}
        assert reviewer.post(f"/staff/review/{review}/decide", **said).status_code == 303
        assert reviewer.post(f"/staff/review/{review}/decide", **said).status_code == 303
        other = {"fence": "1", "decision": "accept"}
        assert reviewer.post(f"/staff/review/{review}/decide", **other).status_code == 409
    assert set(lines(house.store, item).values()) == {"refused"}


def test_the_queue_can_be_narrowed_by_code_group_and_source(house, work):
    reviewer = house.staff("reviewer")
    everything = reviewer.get("/staff/queue?lang=en").text
    assert "audio.too-loud" in everything
    assert "<svg" in everything  # how long all of them have waited
    for query, rows in (("codes=audio.too-loud", 1), ("source=drawn", 1), ("groups=T-WORDING", 0)):
        page = reviewer.get(f"/staff/queue?{query}&lang=en").text
        assert page.count('class="linklike num"') == rows


# I11: what no reply may hold


def names_of(value: object) -> Iterator[str]:
    """Every field name of a nest of dataclasses."""
    if is_dataclass(value):
        for field in fields(value):
            yield field.name
            yield from names_of(getattr(value, field.name))
    elif isinstance(value, (tuple, frozenset)):
        for each in value:
            yield from names_of(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from names_of(each)


OF_A_FINDING = {
    "code",
    "severity",
    "measured",
    "comparator",
    "limit",
    "unit",
    "uncertainty",
    "start_sample",
    "end_sample",
    "channel",
    "char_start",
    "char_end",
    "blob_sha256",
    "evaluator",
    "terms_sha256",
    "facts",
}
OF_A_CODE = {"field", "upper_limit", "stages", "fixed_for_sitting", "who", "pay", *OF_A_FINDING}
OF_A_BAND = {"name", "low", "high", "min_snr_db", "severity"}
QUEUE = OF_A_FINDING | {
    "review_id",
    "name",
    "mine",
    "variety",
    "style",
    "band",
    "duration_s",
    "rate_hz",
    "finding",
    "findings",
    "groups",
    "codes",
    "contested",
    "waited",
    "promised",
}
APPEAL = (
    OF_A_FINDING
    | OF_A_BAND
    | {
        "appeal_id",
        "row",
        "mine",
        "variety",
        "style",
        "band",
        "line",
        "duration_s",
        "rate_hz",
        "finding",
        "opened_at",
        "due_at",
        "fence",
        "lease_until",
        "words",
        "terms_version",
        "clause",
        "prompt_text",
        "text",
        "revision",
    }
)
FORBIDDEN = re.compile(
    r"contributor|pseudonym|contact|price|minor|amount|reviewer|decision|gold|note|purpose"
)


@pytest.fixture
def everything(house, recorder, refused, appeal):
    """Items in review and on appeal, one of them gold, one decided once by somebody with a name."""
    other = house.stage.recorder(task=1)
    known, open_ = an_item(other, "p2", wording()), an_item(other, "p3", wording(), text=TEXTS[3])
    handed_in(other)
    decide(house.stage, known, "accept")
    mark_gold_item(house.store, house.stage.manager, known, decision="accept", code=None, now=house.now)
    with house.store.catalogue.write() as session:
        queue_gold(session, house.stage.project_id, now=house.now)
    decide(house.stage, open_, "reject", heard(), note=NOTE)
    return {"open": waiting(house.store, open_)[0], "gold": waiting(house.store, known)[0], "appeal": appeal}


def secrets_of(house, but: Actor) -> list[str]:
    """What nobody who judges may read: who, for how much, and what was said before."""
    with house.store.catalogue.read() as session:
        persons = session.scalars(select(Contributor)).all()
        staff = session.scalars(select(Staff.id).where(Staff.id != but.id)).all()
        prices = {str(row.price_minor) for row in session.scalars(select(OutcomeRow))}
    secrets = [person.id for person in persons] + [person.pseudonym for person in persons]
    return [*secrets, *staff, *(f">{price}<" for price in prices), "NT$", NOTE, "QC-name"]


def test_payloads_of_review_and_appeal_hold_the_allowed_fields_and_no_other(house, everything, judge):
    rows = queue_view(house.store, judge.actor, now=house.now)
    assert {row.review_id for row in rows} == {everything["open"], everything["gold"]}
    assert {name for row in rows for name in names_of(row)} <= QUEUE
    appeals = appeal_list(house.store, judge.actor, now=house.now)
    view = appeal_view(house.store, judge.actor, everything["appeal"], now=house.now)
    assert {*names_of(appeals), *names_of(view)} <= APPEAL
    for review in (everything["open"], everything["gold"]):
        reviewer = house.staff("reviewer")
        reviewer.post(f"/staff/review/{review}/take")
        seen = review_view(house.store, reviewer.actor, review, now=house.now)
        assert [name for name in names_of(seen) if FORBIDDEN.search(name)] == []


def test_no_role_reads_what_is_forbidden_on_any_page_of_review_or_appeal(house, everything):
    rules = [
        str(rule)
        for rule in house.app.url_map.iter_rules()
        if str(rule).startswith(("/staff/review", "/staff/appeals", "/staff/queue")) and "GET" in rule.methods
    ]
    assert len(rules) >= 7
    for role in ROLES:
        browser = house.staff(role)
        if role == "reviewer":
            for taken in (f"/staff/review/{everything['open']}", f"/staff/appeals/{everything['appeal']}"):
                browser.post(f"{taken}/take")
        for path in [path for rule in rules for path in addresses(rule, everything)]:
            answer = browser.get(path)
            assert role == "reviewer" or answer.status_code == 404, (role, path)
            if answer.mimetype in ("text/html", "application/json"):
                found = [each for each in secrets_of(house, browser.actor) if each in answer.text]
                assert (role, path, found) == (role, path, [])
                marks = re.search(r"\bgold\b|purpose|double", answer.text)
                assert role != "reviewer" or not marks, path


def addresses(rule: str, known: Mapping[str, str]) -> Iterator[str]:
    """Every address of a rule with the objects there are, and one with none."""
    rule = rule.replace("<layer>", "wave").replace("<int:level>", "0").replace("<int:number>", "0")
    if "<" not in rule:
        yield rule
        return
    wanted = ("appeal",) if "<appeal_id>" in rule else ("open", "gold")
    for key in (*(known[each] for each in wanted), "unknown"):
        yield re.sub(r"<[a-z_]+>", key, rule)


def test_a_gold_item_and_any_other_are_the_same_page(house, everything):
    pages = []
    for review in (everything["open"], everything["gold"]):
        reviewer = house.staff("reviewer")
        reviewer.post(f"/staff/review/{review}/take")
        page = reviewer.get(f"/staff/review/{review}?lang=en").text
        pages.append(re.findall(r"<([a-z]+)[ >]", page))
        house.later(minutes=31)  # and lets go
    assert pages[0] == pages[1]


def test_who_refused_and_who_judged_is_told_to_nobody_beside_the_manager(house, refused, appeal, judge):
    with house.store.catalogue.read() as session:
        reviewers = session.scalars(select(Review.reviewer_id).where(Review.reviewer_id.is_not(None))).all()
        owner = session.scalars(select(Contributor.id)).first()
    contributor = house.sign_in(Actor(role="contributor", id=owner))
    page = contributor.get("/work?show=all").text
    assert not any(each in page for each in (*reviewers, judge.actor.id))


# gold items, for the manager


def test_a_manager_marks_a_decided_item_and_corrects_the_mark(house, refused):
    manager = house.sign_in(house.stage.manager)
    for locale in LOCALES:
        page = manager.get(f"/staff/gold?lang={locale}").text
        assert f'action="/staff/gold/{refused}"' in page
    for right, kept in (
        ("reject noise.third-voice", ("reject", "noise.third-voice")),
        ("accept", ("accept", None)),
    ):
        assert manager.post(f"/staff/gold/{refused}", right=right).status_code == 303
        with house.store.catalogue.read() as session:
            newest = session.scalars(select(GoldItem).order_by(GoldItem.number.desc())).first()
        assert (newest.decision, newest.code) == kept
    assert manager.post(f"/staff/gold/{refused}", right="reject").status_code == 422
    assert manager.get(f"/staff/gold/{refused}/audio").data[:4] == b"RIFF"


def test_gold_is_marked_and_seen_by_managers_alone(house, refused):
    for role in (*ROLES, None):
        if role == "manager":
            continue
        browser = house.staff(role) if role else house.sign_in(house.stage.contributor())
        denied = (404,) if role else (401, 404)
        assert browser.get("/staff/gold").status_code in denied
        assert browser.get(f"/staff/gold/{refused}/audio").status_code in denied
        assert browser.post(f"/staff/gold/{refused}", right="accept").status_code in denied
