"""The pages about how well is judged."""

import re
from datetime import timedelta

import pytest

from recorder_web.i18n import LOCALES
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import CodeGateRow, ReviewerPause
from tests.panel import ACCEPT, Panel

VOICE = "noise.third-voice"


@pytest.fixture
def panel(house):
    """Two weeks of decisions: ann hears voices that ben does not, and refuses more of the women's items."""
    panel = Panel(store=house.store, project_id=house.stage.project_id, now=house.now)
    panel.groups = {f"c{n}": {"gender": "f" if n % 2 else "m", "age_band": "20-29"} for n in range(24)}
    for n in range(120):
        strict = n % 2 == 1 and n % 3 == 0
        at = house.now - timedelta(days=1 + n % 14)
        said = ("ann", VOICE if strict else ACCEPT), ("ben", ACCEPT)
        panel.item(f"c{n % 24}", *said, double=True, at=at, band=("low", "high")[n % 4 // 2])
    panel.gold("ann", VOICE, ACCEPT, at=house.now - timedelta(days=2))
    panel.keep()
    return panel


def keep(house, *rows):
    with house.store.catalogue.write() as session:
        session.add_all(rows)


def barred(house):
    figures = {"doubles": 120, "named": 20, "contributors": 24, "appeals": 0, "overturned": 0}
    alpha = {"alpha": "0.1", "alpha_low": "-0.05", "alpha_high": "0.3", "draws": 2000, "seed": 1}
    row = CodeGateRow(project_id=house.stage.project_id, code=VOICE, state="barred", paused=False)
    for name, value in {**figures, **alpha}.items():
        setattr(row, name, value)
    row.computed_at = house.now
    return row


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_state_speaks_every_language(house, panel, locale):
    manager, contributor = house.staff("manager"), house.sign_in(house.stage.contributor())
    ann = house.sign_in(Actor(role="reviewer", id="ann"))
    keep(house, barred(house))
    for browser, path in (
        (manager, "/staff/agreement?"),
        (manager, "/staff/agreement?reviewer=ann&"),
        (ann, "/staff/agreement?"),
        (contributor, "/fair?"),
    ):
        assert browser.get(f"{path}lang={locale}").status_code == 200


def test_empty_pages_say_what_will_be_there(house):
    assert "Nothing has been heard twice yet" in house.staff("manager").get("/staff/agreement?lang=en").text
    assert "Nothing has been heard twice yet" in house.staff("reviewer").get("/staff/agreement?lang=en").text
    fair = plain(house.sign_in(house.stage.contributor()).get("/fair?lang=en"))
    assert "promised within 72 h; silence means accepted" in fair
    assert "No reason is barred at present" in fair


def test_the_manager_sees_codes_reviewers_and_bias_with_intervals(house, panel):
    keep(house, barred(house))
    page = house.staff("manager").get("/staff/agreement?reviewer=ann&lang=en")
    text = plain(page)
    for said in ("120 clips drawn for two people", "Cannot refuse", "Figures of ann", "Please look"):
        assert said in text
    assert page.text.count('<svg class="x-range') > 10
    assert "style=" not in page.text  # the content security policy would drop it


def test_a_reviewer_sees_nobody_elses_figures_and_no_bias(house, panel):
    page = house.sign_in(Actor(role="reviewer", id="ann")).get("/staff/agreement?lang=en&reviewer=ben")
    text = plain(page)
    assert "My figures" in text
    for hidden in ("ben", "cyd", "Harder, or softer", "P-c1", "women", "Please look"):
        assert hidden not in text
    for role in ("ml", "operator"):
        assert house.staff(role).get("/staff/agreement").status_code == 404


def test_a_paused_reviewer_goes_on_when_the_manager_says_why(house, panel):
    pause = ReviewerPause(staff_id="ann", event="paused", code=VOICE, hits=20, items=40, by="worker")
    pause.at = house.now
    keep(house, pause)
    ann, manager = house.sign_in(Actor(role="reviewer", id="ann")), house.staff("manager")
    assert "so you take no new clips" in ann.get("/staff/agreement?lang=en").text
    assert "Let them go on" in manager.get("/staff/agreement?reviewer=ann&lang=en").text
    house.later(minutes=1)
    assert ann.post("/staff/agreement/resume", staff="ann", reason="me").status_code == 404
    assert manager.post("/staff/agreement/resume", staff="ann", reason=" ").status_code == 422
    answer = manager.post("/staff/agreement/resume", staff="ann", reason="heard gold clips together")
    assert answer.headers["Location"] == "/staff/agreement?reviewer=ann#one"
    assert "Let them go on" not in manager.get("/staff/agreement?reviewer=ann&lang=en").text
    assert manager.post("/staff/agreement/resume", staff="ann", reason="again").status_code == 409


def test_a_contributor_is_told_which_reasons_cannot_refuse(house):
    keep(house, barred(house))
    contributor = house.sign_in(house.stage.contributor())
    assert VOICE in contributor.get("/fair?lang=en").text
    assert 'href="/fair"' in contributor.get("/home").text
    assert house.staff("manager").get("/fair").status_code in (401, 404)
