"""Nobody gets further than their sign-in, their own pages and our own forms allow."""

from datetime import timedelta

import pytest

from recorder_web.security import CSP
from recorder_web.settings import LOCAL_TLS
from speechcorpus.workflows.sign_in import invite_contributor, sign_out

SPECIFIED_CSP = (  # recorder.md §12
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; media-src 'self' blob:; "
    "img-src 'self' data:; style-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


MONTH = f"Max-Age={30 * 24 * 3600}"  # a closed browser does not sign a contributor out


def flags_of(response, name):
    lines = [line for line in response.headers.getlist("Set-Cookie") if line.startswith(f"{name}=")]
    assert len(lines) == 1
    parts = {part.strip() for part in lines[0].split(";")[1:]}
    return {part for part in parts if not part.startswith("Expires=")}  # Max-Age says the same and wins


def join(client, token, path="/join/exchange", **headers):
    return client.post(path, json={"token": token}, headers=headers)


def a_token(house):
    return invite_contributor(house.store, house.stage.contributor().id, now=house.now)


@pytest.mark.parametrize("path", ["/", "/home", "/nope", "/healthz", "/api/v1/time", "/static/nothing.js"])
def test_every_answer_carries_the_policy_word_for_word(house, path):
    headers = house.app.test_client().get(path).headers
    assert headers["Content-Security-Policy"] == SPECIFIED_CSP == CSP
    assert headers["Permissions-Policy"] == "microphone=(self), screen-wake-lock=(self)"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_cookie_of_a_sign_in_is_closed_to_scripts_and_to_other_sites(house):
    answer = join(house.app.test_client(), a_token(house))
    assert answer.json == {"next": "/home"}
    assert flags_of(answer, "sc_contributor") == {"HttpOnly", "SameSite=Strict", "Path=/", MONTH}


def test_over_tls_the_cookie_travels_on_tls_only(house):
    over_tls = {"base_url": "https://corpus.example"}
    client = house.app.test_client()
    answer = client.post("/join/exchange", json={"token": a_token(house)}, **over_tls)
    flags = flags_of(answer, "__Host-sc_contributor")
    assert flags == {"HttpOnly", "SameSite=Strict", "Path=/", "Secure", MONTH}
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert client.get("/home", **over_tls).status_code == 200
    plain = client.get("/home", base_url="http://corpus.example")
    assert (plain.status_code, plain.headers.get("Strict-Transport-Security")) == (401, None)


def test_a_sign_in_over_plain_http_is_not_one_over_tls(house):
    someone = house.sign_in(house.stage.contributor())
    assert someone.get("/home").status_code == 200
    assert someone.get("/home", base_url="https://localhost").status_code == 401


def test_our_own_certificate_binds_nobody_to_tls_for_a_year(house):
    answer = house.app.test_client().get(
        "/", base_url="https://pc.local", environ_overrides={LOCAL_TLS: True}
    )
    assert "Strict-Transport-Security" not in answer.headers


def test_staff_and_contributors_have_cookies_of_their_own(house):
    reviewer = house.staff("reviewer")
    assert reviewer.get("/staff/queue").status_code == 200
    assert reviewer.get("/home").status_code == 401
    contributor = house.sign_in(house.stage.contributor())
    assert contributor.get("/home").status_code == 200
    assert contributor.get("/staff/queue").status_code == 401


def test_an_invite_link_works_once(house):
    token = a_token(house)
    assert join(house.app.test_client(), token).status_code == 200
    again = join(house.app.test_client(), token)
    assert (again.status_code, again.json["code"], again.json["safe"]) == (410, "invite.used", "unchanged")


def test_whoever_is_signed_in_may_still_use_another_link(house):
    someone = house.sign_in(house.stage.contributor())
    assert join(someone.client, a_token(house)).status_code == 200
    assert join(someone.client, "nonsense").json["code"] == "invite.unknown"


def test_an_old_or_invented_link_says_which_it_is(house):
    token = a_token(house)
    house.later(days=15)
    assert join(house.app.test_client(), token).json["code"] == "invite.expired"
    assert join(house.app.test_client(), "nonsense").json["code"] == "invite.unknown"


@pytest.mark.parametrize("body", [[], {}, {"token": 3}, {"token": ""}, {"token": "a", "more": 1}])
def test_a_sign_in_that_is_no_sign_in_is_refused(house, body):
    answer = house.app.test_client().post("/join/exchange", json=body)
    assert answer.status_code in (400, 404)
    assert "Set-Cookie" not in answer.headers


def test_a_form_without_its_token_changes_nothing(house):
    someone = house.sign_in(house.stage.contributor())
    task = house.stage.tasks()[0]
    refused = someone.client.post(f"/tasks/{task}/claim", data={})
    assert refused.status_code == 403
    assert b"auth.csrf" in refused.data
    wrong = someone.client.post(f"/tasks/{task}/claim", data={"csrf_token": "x" * 43})
    assert wrong.status_code == 403
    assert someone.post(f"/tasks/{task}/claim").status_code == 303


def test_the_token_of_another_person_is_not_mine(house):
    mine, theirs = house.sign_in(house.stage.contributor()), house.sign_in(house.stage.contributor())
    answer = mine.client.post("/sign-out", data={"csrf_token": theirs.csrf})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_a_request_from_another_site_is_refused_even_to_sign_in(house, headers, passes):
    answer = join(house.app.test_client(), a_token(house), **headers)
    assert answer.status_code == (200 if passes else 403)


def test_a_script_sends_its_token_in_a_header(house):
    someone = house.sign_in(house.stage.contributor())
    path = "/api/v1/sittings/00000000-0000-4000-8000-000000000001/heartbeat"
    assert someone.client.post(path, json={}).json["code"] == "auth.csrf"
    answer = someone.client.post(path, json={}, headers={"X-CSRF-Token": someone.csrf})
    assert answer.json["code"] != "auth.csrf"


def test_a_sign_in_ends_by_itself(house):
    contributor, reviewer = house.sign_in(house.stage.contributor()), house.staff("reviewer")
    house.later(hours=13)
    assert reviewer.get("/staff/queue").status_code == 401
    assert contributor.get("/home").status_code == 200
    house.later(days=30)
    assert contributor.get("/home").status_code == 401


def test_a_revoked_sign_in_ends_at_once(house):
    someone = house.sign_in(house.stage.contributor())
    token = someone.client.get_cookie("sc_contributor").value
    sign_out(house.store, token, now=house.now + timedelta(seconds=1))
    assert someone.get("/home").status_code == 401


def test_signing_out_forgets_the_cookie_and_the_session(house):
    someone = house.sign_in(house.stage.contributor())
    token = someone.client.get_cookie("sc_contributor").value
    answer = someone.post("/sign-out")
    assert answer.status_code == 303
    assert someone.client.get_cookie("sc_contributor") is None
    someone.client.set_cookie("sc_contributor", token)
    assert someone.get("/home").status_code == 401


def test_pages_are_never_kept_by_caches_and_assets_for_a_year(house, tmp_path):
    (tmp_path / "static" / "assets").mkdir()
    (tmp_path / "static" / "assets" / "main-abc.css").write_text("body{}")
    client = house.app.test_client()
    assert client.get("/").headers["Cache-Control"] == "no-cache"
    with client.get("/static/assets/main-abc.css") as asset:
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_sign_in_answer_is_never_stored(house):
    assert join(house.app.test_client(), a_token(house)).headers["Cache-Control"] == "no-store"
