"""A recorder asks whose sign-in the browser has now, and gets the token that goes with it."""

from datetime import timedelta

from speechcorpus.store.models import Contributor


def ref_of(house, actor):
    with house.store.catalogue.read() as session:
        return session.get_one(Contributor, actor.id).pseudonym


def test_a_new_sign_in_tells_its_person_and_its_own_token(house):
    actor = house.stage.contributor()
    first, second = house.sign_in(actor), house.sign_in(actor)
    answers = [browser.get("/api/v1/me") for browser in (first, second)]
    assert [answer.json for answer in answers] == [
        {"contributor_ref": ref_of(house, actor), "csrf": browser.csrf} for browser in (first, second)
    ]
    assert first.csrf != second.csrf
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_nobody_else_is_told(house):
    assert house.app.test_client().get("/api/v1/me").status_code == 401
    assert house.staff("reviewer").get("/api/v1/me").status_code == 401
    contributor = house.sign_in(house.stage.contributor())
    house.clock[0] += timedelta(days=31)
    assert contributor.get("/api/v1/me").json["code"] == "auth.expired"
