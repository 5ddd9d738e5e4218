from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError
from speechcorpus.store.models import (
    Consent,
    Contributor,
    Credential,
    LoginSession,
    Prompt,
    Staff,
    Task,
    TaskPrompt,
)
from speechcorpus.workflows import people, projects
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.consents import consents_of, give_consent, save_about_me
from speechcorpus.workflows.sign_in import (
    exchange_invite,
    invite_contributor,
    invite_staff,
    sign_out,
    signed_in,
)
from tests.stage import set_stage


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now)


def refusal(act):
    with pytest.raises(SpeechCorpusError) as refused:
        act()
    return refused.value.code


def test_a_link_signs_in_once_and_its_token_is_nowhere_in_the_catalogue(stage):
    person = stage.contributor()
    token = invite_contributor(stage.store, person.id, now=stage.now)
    signed = exchange_invite(stage.store, token, now=stage.now)
    assert (signed.actor, signed.locale) == (person, "zh-Hant")
    assert signed_in(stage.store, signed.session_token, now=stage.now) == signed
    assert refusal(lambda: exchange_invite(stage.store, token, now=stage.now)) == "invite.used"
    with stage.store.catalogue.read() as session:
        kept = [
            *session.scalars(select(Credential.token_sha256)),
            *session.scalars(select(LoginSession.token_sha256)),
        ]
    assert token not in kept
    assert signed.session_token not in kept


def test_two_browsers_with_one_link_are_not_both_let_in(stage):
    token = invite_contributor(stage.store, stage.contributor().id, now=stage.now)

    def enter(_):
        try:
            return exchange_invite(stage.store, token, now=stage.now).locale
        except AccessError as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(enter, range(6))) == ["invite.used"] * 5 + ["zh-Hant"]


def test_an_old_link_and_an_unknown_one_say_so(lite):
    token = invite_staff(lite.store, lite.reviewer().id, now=lite.now)
    late = lite.now + timedelta(days=14)
    assert refusal(lambda: exchange_invite(lite.store, token, now=late)) == "invite.expired"
    assert refusal(lambda: exchange_invite(lite.store, "guess", now=lite.now)) == "invite.unknown"
    assert refusal(lambda: invite_contributor(lite.store, "nobody", now=lite.now)) == "not-found"


def test_a_sign_in_ends_at_once_when_it_is_revoked_or_over(lite):
    token = invite_staff(lite.store, lite.reviewer().id, now=lite.now)
    signed = exchange_invite(lite.store, token, now=lite.now)
    assert signed_in(lite.store, signed.session_token, now=lite.now + timedelta(hours=12)) is None
    sign_out(lite.store, signed.session_token, now=lite.now)
    assert signed_in(lite.store, signed.session_token, now=lite.now) is None


def test_staff_who_left_and_erased_contributors_are_nobody(lite):
    reviewer, person = lite.reviewer(), lite.contributor()
    tokens = [invite_staff(lite.store, reviewer.id, now=lite.now)]
    tokens.append(invite_contributor(lite.store, person.id, now=lite.now))
    signed = [exchange_invite(lite.store, token, now=lite.now) for token in tokens]
    with lite.store.catalogue.write() as session:
        session.get_one(Staff, reviewer.id).state = "left"
        session.get_one(Contributor, person.id).state = "erased"
    assert [signed_in(lite.store, one.session_token, now=lite.now) for one in signed] == [None, None]


def test_pseudonyms_are_given_in_order(lite):
    ids = [people.create_contributor(lite.store, locale="en", now=lite.now) for _ in range(3)]
    with lite.store.catalogue.read() as session:
        assert [session.get_one(Contributor, each).pseudonym for each in ids] == [
            "c-0001",
            "c-0002",
            "c-0003",
        ]


def test_a_contributor_is_no_role_of_the_staff(lite):
    make = lambda: people.create_staff(lite.store, name="x", role="contributor", now=lite.now)  # noqa: E731
    assert refusal(make) == "role.unknown"


def test_each_purpose_is_a_row_of_its_own_and_agreeing_twice_writes_none(lite):
    person = lite.contributor(consents=False)
    give_consent(lite.store, person, purposes=["record"], language="nan-Hant", now=lite.now)
    given = give_consent(lite.store, person, purposes=["record", "contact"], language="en", now=lite.later)
    assert given == ("contact", "record")
    kept = [(c.purpose, c.language, c.given_at, c.text_version) for c in consents_of(lite.store, person)]
    assert kept == [("record", "nan-Hant", lite.now, "consent"), ("contact", "en", lite.later, "consent")]
    bad = refusal(lambda: give_consent(lite.store, person, purposes=["all"], language="en", now=lite.now))
    assert bad == "consent.purpose"


def test_withdrawn_consent_is_told_from_consent_never_given(lite):
    person = lite.contributor()
    with lite.store.catalogue.write() as session:
        for row in session.scalars(select(Consent).where(Consent.purpose == "release")):
            row.withdrawn_at = lite.now
    assert (
        refusal(lambda: claim_task(lite.store, person, lite.tasks()[0], now=lite.now)) == "consent.withdrawn"
    )


def test_what_a_person_prefers_not_to_say_is_none(lite):
    person = lite.contributor()
    said = {"variety": "nan-TW", "subvariety": None, "gender": None, "age_band": "30-39"}
    save_about_me(lite.store, person, **said, now=lite.now)
    with lite.store.catalogue.read() as session:
        row = session.get_one(Contributor, person.id)
    assert (row.variety, row.subvariety, row.gender, row.age_band) == ("nan-TW", None, None, "30-39")
    assert (
        refusal(lambda: save_about_me(lite.store, person, **{**said, "variety": "nan"}, now=lite.now))
        == "request.field"
    )


@pytest.mark.parametrize("wrong", [{"gender": "Lîm Á-hôo"}, {"age_band": "34"}, {"age_band": "nan"}])
def test_what_stands_in_a_release_is_chosen_from_a_list(lite, wrong):
    person = lite.contributor()
    said = {"variety": "nan-TW", "subvariety": None, "gender": None, "age_band": None, **wrong}
    assert refusal(lambda: save_about_me(lite.store, person, **said, now=lite.now)) == "request.field"


def test_a_subvariety_that_says_nothing_is_none(lite):
    person = lite.contributor()
    for typed, kept in (("NA", None), ("0", None), ("鹿港", "鹿港")):
        said = {"variety": None, "subvariety": typed, "gender": None, "age_band": None}
        save_about_me(lite.store, person, **said, now=lite.now)
        with lite.store.catalogue.read() as session:
            assert session.get_one(Contributor, person.id).subvariety == kept


@pytest.mark.parametrize("wrong", [{"id": "12"}, {"id": "none"}, {"variety": "cmn-TW"}])
def test_a_prompt_that_no_release_or_judge_could_take_is_refused_at_the_door(lite, wrong):
    row = {"id": "q9", "kind": "read", "variety": "nan-TW", "text": "好。", "licence": "CC0-1.0", **wrong}
    add = lambda: projects.import_prompts(lite.store, lite.manager, lite.project_id, [row], lite.now)  # noqa: E731
    assert refusal(add) == "prompt.form"


def test_prompts_are_imported_once_and_never_half(lite):
    row = {
        "id": "q1",
        "kind": "read",
        "variety": "nan-TW",
        "text": "好。",
        "reading": None,
        "licence": "CC0-1.0",
    }
    add = lambda *rows: projects.import_prompts(lite.store, lite.manager, lite.project_id, rows, lite.now)  # noqa: E731
    assert (add(row), add(row)) == (1, 0)
    with pytest.raises(SittingError) as refused:
        add({**row, "id": "q2"}, {**row, "id": "q3", "variety": "nan"})
    assert (refused.value.code, refused.value.facts["field"]) == ("prompt.form", "variety")
    assert refusal(lambda: add({**row, "text": "無好。"})) == "id.conflict"
    with lite.store.catalogue.read() as session:
        assert session.get(Prompt, "q2") is None


def test_every_prompt_is_in_one_task_of_each_band(lite):
    with lite.store.catalogue.read() as session:
        rows = session.execute(
            select(Task.band, TaskPrompt.prompt_id).join(Task, Task.id == TaskPrompt.task_id)
        ).all()
    assert sorted(map(tuple, rows)) == sorted(
        (band, f"p{n}") for band in ("low", "medium", "high") for n in range(4)
    )
    again = projects.make_tasks(lite.store, lite.manager, lite.project_id, items_per_task=2, now=lite.now)
    assert again == 0


def test_only_a_manager_makes_projects_and_tasks(lite):
    for actor in (lite.reviewer(), lite.contributor(), Actor(role="manager", id="nobody")):
        with pytest.raises(AccessError) as refused:
            projects.make_tasks(lite.store, actor, lite.project_id, items_per_task=2, now=lite.now)
        assert refused.value.code == "not-found"
