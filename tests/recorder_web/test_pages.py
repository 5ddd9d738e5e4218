"""Every page, in every language, for whoever may see it, and for nobody else."""

import json
import re
from itertools import product

import pytest

from recorder_web.i18n import LOCALES
from speechcorpus.domain.actor import Role

PUBLIC = ("/", "/join", "/staff/join", "/nope")
MINE = (
    "/home",
    "/consent",
    "/work",
    "/work?claim={claim}&show=all",
    "/record/{claim}",
    "/check/{claim}",
    "/transcribe/{claim}",
)
MANAGERS = ("coverage", "coverage.csv", "funnel", "budget", "people", "terms", "audit")
PAGES = {
    "/home": {"contributor"},
    "/consent": {"contributor"},
    "/work": {"contributor"},
    "/check": {"contributor"},
    "/staff/queue": {"reviewer"},
    "/staff/home": {"reviewer", "manager", "payer", "ml", "operator"},
    **{f"/staff/{page}": {"manager"} for page in MANAGERS},
    "/staff/audit": {"manager", "operator"},
}


def data_of(page, name="data"):
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)
    return json.loads(found[1])


@pytest.mark.parametrize(("locale", "path"), list(product(LOCALES, PUBLIC)))
def test_anybody_reads_the_way_in(house, locale, path):
    answer = house.app.test_client().get(path, query_string={"lang": locale})
    assert answer.status_code == (404 if path == "/nope" else 200)
    assert f'<html lang="{locale}">' in answer.text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_contributor_finds_every_page_in_their_language(work, locale):
    for path in MINE:
        page = path.format(claim=work.ann_claim)
        answer = work.ann.get(page + ("&" if "?" in page else "?") + f"lang={locale}")
        assert answer.status_code == 200, (path, answer.text[:200])
        assert f'<html lang="{locale}">' in answer.text


@pytest.mark.parametrize("locale", LOCALES)
def test_staff_find_every_page_in_their_language(house, work, locale):
    reviewer, manager = house.staff("reviewer"), house.staff("manager")
    assert reviewer.get(f"/staff/queue?lang={locale}").status_code == 200
    assert reviewer.get(f"/staff/review/{work.flagged_review}?lang={locale}").status_code == 200
    for review in (work.flagged_review, work.sampled_review):
        assert reviewer.post(f"/staff/review/{review}/take").status_code == 303
        assert reviewer.get(f"/staff/review/{review}?lang={locale}").status_code == 200
    for page in ("home", *MANAGERS):
        assert manager.get(f"/staff/{page}?lang={locale}").status_code == 200


@pytest.mark.parametrize(("path", "role"), list(product(PAGES, (*Role.__args__, None))))
def test_a_page_is_there_for_its_role_alone(house, path, role):
    if role is None:
        client = house.app.test_client()
    elif role == "contributor":
        client = house.sign_in(house.stage.contributor()).client
    else:
        client = house.staff(role).client
    answer = client.get(path)
    same_side = (role == "contributor") != path.startswith("/staff")
    if role in PAGES[path]:
        assert answer.status_code == 200
    else:
        assert answer.status_code == (404 if role and same_side else 401)


@pytest.mark.parametrize(
    "path", ["/record/{claim}", "/check/{claim}", "/transcribe/{claim}", "/work?claim={claim}"]
)
def test_somebody_elses_claim_does_not_exist(work, path):
    assert work.ann.get(path.format(claim=work.ann_claim)).status_code == 200
    theirs = work.ann.get(path.format(claim=work.ben_claim))
    unknown = work.ann.get(path.format(claim="00000000-0000-4000-8000-000000000000"))
    assert (theirs.status_code, unknown.status_code) == (404, 404)
    assert theirs.text.replace(work.ben_claim, "x") == unknown.text.replace(
        "00000000-0000-4000-8000-000000000000", "x"
    )


def test_errors_say_what_happened_what_is_safe_and_what_to_do(house):
    page = house.app.test_client().get("/nope?lang=en").text
    for sentence in ("This page does not exist", "Everything we received before is still there", "not-found"):
        assert sentence in page


def test_an_unforeseen_error_shows_its_code_and_not_its_insides(house):
    @house.app.get("/boom")
    def boom():
        raise RuntimeError("a secret of the house")

    answer = house.app.test_client().get("/boom")
    assert answer.status_code == 500
    assert "server.error" in answer.text
    assert "secret" not in answer.text


def test_programs_are_answered_in_json(house):
    answer = house.app.test_client().get("/api/v1/nothing")
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert set(answer.json) == {"code", "facts", "safe", "retry_after_s"}


def test_home_shows_what_work_asks_and_pays_before_it_is_taken(house):
    page = house.sign_in(house.stage.contributor()).get("/home?lang=en").text
    for said in ("under 40 dB(A)", "2 lines", "NT$ 50.00", "NT$ 25.00 a line", "NT$ 1,250.00", "estimate"):
        assert said in page
    assert "band--low" in page


def test_without_consent_there_is_no_way_to_take_work(house):
    someone = house.sign_in(house.stage.contributor(consents=False))
    page = someone.get("/home").text
    assert "/consent" in page
    assert "/claim" not in page
    refused = someone.post(f"/tasks/{house.stage.tasks()[0]}/claim")
    assert (refused.status_code, "consent.missing" in refused.text) == (403, True)


def test_consent_is_kept_as_ticked_and_about_me_may_stay_unsaid(house):
    someone = house.sign_in(house.stage.contributor(consents=False))
    before = someone.get("/consent?lang=en").text
    assert "We record your voice." in before
    assert before.count("Prefer not to say") >= 3
    said = {"project_id": house.stage.project_id, "variety": "nan-TW", "gender": "", "age_band": "30-39"}
    wanted = {"csrf_token": someone.csrf, "purpose": ["record", "release"], **said}
    unseen = someone.client.post("/consent", data={**wanted, "text_sha256": "0" * 64})
    assert unseen.status_code >= 400  # another text than the one that was read
    assert "checked disabled" not in someone.get("/consent").text
    answer = someone.client.post("/consent", data=wanted)
    assert answer.headers["Location"] == "/home"
    after = someone.get("/consent").text
    assert [
        after.count(f'value="{purpose}" checked disabled')
        for purpose in ("record", "release", "human_review")
    ] == [1, 1, 0]
    assert '<option value="30-39" selected>' in after


def test_taking_a_task_opens_its_recorder_and_giving_back_frees_it(house):
    someone = house.sign_in(house.stage.contributor())
    taken = someone.post(f"/tasks/{house.stage.tasks()[0]}/claim").headers["Location"]
    page = someone.get(taken).text
    data = data_of(page)
    assert data["claim"]["band"] == "low"
    assert [prompt["take"] for prompt in data["prompts"]] == [None, None]
    assert someone.get("/record").headers["Location"] == taken
    assert someone.post(f"/claims/{data['claim']['id']}/return").status_code == 303
    assert someone.get("/record").headers["Location"] == "/home"


def test_the_recorder_is_told_all_it_needs(work):
    page = work.ann.get(f"/record/{work.ann_claim}").text
    data = data_of(page)
    assert data["api"] == "/api/v1"
    assert data["csrf"] == work.ann.csrf
    assert data["bands"][0] == {"name": "low", "low": None, "high": 40.0}
    assert data["limits"] == {"speech_min_dbfs": -35.0, "speech_max_dbfs": -14.0}
    assert (data["calibrations"], data["device_checks"]) == ([], [])
    assert {prompt["take"]["segment"] for prompt in data["prompts"]} == {work.held, work.digit}
    assert "recorder.next" in data_of(page, "messages") or data_of(page, "messages")
    assert '<script type="module" src="/static/assets/recorder-abc.js">' in page


def test_the_editor_gets_texts_and_verdicts_with_sentences(work):
    segments = data_of(work.ann.get(f"/transcribe/{work.ann_claim}?lang=en").text)["segments"]
    first, second = segments
    assert (first["text"], first["revision"], second["revision"]) == ("", 0, 1)
    assert first["audio"] == f"/api/v1/segments/{work.held}/audio"
    [found] = first["verdict"]["findings"]
    assert (found["start_s"], found["end_s"], found["measured"], found["unit"]) == (0.5, 0.8, "18.4", "dB")
    assert found["sentence"].startswith("0.5–0.8 s: a burst of 18.4 dB")


def test_my_work_shows_number_limit_place_and_plays_exactly_that_span(work):
    page = work.ann.get(f"/work?claim={work.ann_claim}&show=all&lang=en").text
    assert f"/api/v1/segments/{work.held}/audio#t=0.500,0.800" in page
    assert "noise.burst" in page
    assert re.search(r"18\.4<span class=\"unit\">dB", page)
    assert re.search(r"≤ 15<span class=\"unit\">dB", page)
    assert f'href="/record/{work.ann_claim}#' in page
    assert f'href="/transcribe/{work.ann_claim}#segment-{work.digit}"' in page


def test_what_is_held_is_not_offered_for_hand_in(work):
    page = work.ann.get(f"/work?claim={work.ann_claim}").text
    assert f"/claims/{work.ann_claim}/submit" not in page
    assert "work.submit" not in page


def test_text_that_looks_like_markup_stays_text(house, work):
    house.judged(work.sampled, "accepted", text="<script>x</script>", sequence=2)
    page = work.ben.get(f"/work?claim={work.ben_claim}&show=all").text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
