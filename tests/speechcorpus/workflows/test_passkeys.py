"""A passkey is its owner's, is asked once, and is worth nothing elsewhere, changed, or once it is removed."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError
from speechcorpus.store.models import Audit, KeyChallenge
from speechcorpus.workflows import key_challenges
from speechcorpus.workflows.own_factors import forget_factors, own_factors, remove_passkey
from speechcorpus.workflows.passkeys import (
    MOST_KEYS,
    add_passkey,
    enter_by_passkey,
    options_to_add,
    options_to_enter,
)
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.people_desk import set_paused
from speechcorpus.workflows.sign_in import exchange_invite, invite_staff, is_proven, signed_in
from tests.rig.authenticator import PRESENT, SITE, Device, by_key, by_link, keyed, written

LATER = timedelta(minutes=11)


@pytest.fixture
def staff(store, now):
    return create_staff(store, name="Ia", role="payer", now=now)


@pytest.fixture
def first(store, staff, now):
    """Ia, who has just opened a link."""
    return by_link(store, staff, now)


def refused(code, act):
    with pytest.raises(SpeechCorpusError) as caught:
        act()
    assert caught.value.code == code


def test_a_key_that_was_added_signs_its_owner_in_and_proves_it(store, first, staff, now):
    device = keyed(store, first, now)
    signed = by_key(store, device, now + LATER)
    assert (signed.actor.id, signed.factor, is_proven(signed, now + LATER)) == (staff, "passkey", True)
    assert signed_in(store, signed.session_token, now=now + LATER) == signed
    assert not is_proven(signed, now + LATER + LATER)
    (key,) = own_factors(store, signed, now=now + LATER).keys
    assert (key.label, key.origin, key.used_at) == ("notebook", SITE.origin, now + LATER)


def test_who_has_a_key_comes_in_by_no_link(store, first, staff, now):
    keyed(store, first, now)
    refused("invite.keyed", lambda: by_link(store, staff, now))
    assert forget_factors(store, staff, now=now) == 1
    assert signed_in(store, first.session_token, now=now) is None
    assert by_link(store, staff, now).factor == "link"


def test_an_answer_counts_once_and_for_five_minutes(store, first, now):
    device = keyed(store, first, now)
    answer = device.show(options_to_enter(store, SITE, now=now))
    enter_by_passkey(store, SITE, answer, now=now)
    refused("key.expired", lambda: enter_by_passkey(store, SITE, answer, now=now))
    late = device.show(options_to_enter(store, SITE, now=now))
    refused("key.expired", lambda: enter_by_passkey(store, SITE, late, now=now + timedelta(minutes=5)))
    options_to_enter(store, SITE, now=now + LATER)
    with store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(KeyChallenge)) == 1  # the old ones are gone


def elsewhere(device):
    device.site = replace(SITE, origin="http://localhost:9999")


def of_another_name(device):
    device.site = replace(SITE, rp_id="example.org")


def unasked(device):
    device.flags = PRESENT


def copied(device):
    device.count = -1  # another device that counts from its start


def of_another_hand(device):
    device.key = Device().key


@pytest.mark.parametrize("wrong", [elsewhere, of_another_name, unasked, copied, of_another_hand])
def test_what_another_site_or_another_device_made_is_refused(store, first, now, wrong):
    device = keyed(store, first, now, Device(count=7))
    wrong(device)
    refused("key.refused", lambda: by_key(store, device, now))


def test_a_key_is_added_only_by_who_has_just_shown_one(store, first, staff, now):
    refused("key.proof", lambda: options_to_add(store, first, SITE, now=now + LATER))
    device = keyed(store, first, now)
    refused("key.proof", lambda: keyed(store, first, now))  # the link has done its work
    signed = by_key(store, device, now)
    keyed(store, signed, now)
    refused("key.proof", lambda: keyed(store, signed, now + LATER))


def test_an_answer_to_somebody_elses_question_adds_nothing(store, first, now):
    other = by_link(store, create_staff(store, name="Bi", role="payer", now=now), now)
    asked = options_to_add(store, other, SITE, now=now)
    refused("key.expired", lambda: add_passkey(store, first, SITE, "x", Device().make(asked), now=now))


def test_no_key_is_added_twice_and_none_without_a_name(store, first, now):
    device = keyed(store, first, now)
    again = by_key(store, device, now)
    refused("key.twice", lambda: keyed(store, again, now, device))
    asked = options_to_add(store, again, SITE, now=now)
    assert [each["id"] for each in asked["excludeCredentials"]] == [written(device.id)]
    for label in (" \t", "長" * 61):
        made = Device().make(asked)
        refused(
            "request.field",
            lambda label=label, made=made: add_passkey(store, again, SITE, label, made, now=now),
        )


def test_a_sign_in_that_was_ended_changes_nothing_any_more(store, first, staff, now):
    device = keyed(store, first, now)
    signed = by_key(store, device, now)
    asked = options_to_add(store, signed, SITE, now=now)
    forget_factors(store, staff, now=now)
    made = Device().make(asked)
    refused("key.expired", lambda: add_passkey(store, signed, SITE, "x", made, now=now))
    refused("auth.expired", lambda: options_to_add(store, signed, SITE, now=now))


def test_a_link_from_before_the_key_stays_shut_when_the_key_is_gone(store, first, staff, now):
    link = invite_staff(store, staff, now=now)
    keyed(store, first, now)
    forget_factors(store, staff, now=now)
    refused("invite.expired", lambda: exchange_invite(store, link, now=now))


def test_a_link_opened_while_a_key_is_added_gives_no_sign_in_that_lasts(store, staff, first, now):
    link, device = invite_staff(store, staff, now=now), Device()
    made = device.make(options_to_add(store, first, SITE, now=now))
    with ThreadPoolExecutor(2) as pool:
        entered = pool.submit(lambda: suppressed(lambda: exchange_invite(store, link, now=now)))
        pool.submit(lambda: add_passkey(store, first, SITE, "x", made, now=now)).result()
    signed = entered.result()
    assert signed is None or signed_in(store, signed.session_token, now=now) is None


def suppressed(act):
    with suppress(AccessError):
        return act()


def test_whoever_is_signed_in_shows_a_key_of_their_own(store, first, now):
    keyed(store, first, now)
    other = Device()
    keyed(store, by_link(store, create_staff(store, name="Bi", role="payer", now=now), now), now, other)
    asked = options_to_enter(store, SITE, staff_id=first.actor.id, now=now)
    refused("key.unknown", lambda: enter_by_passkey(store, SITE, other.show(asked), now=now))


def test_a_key_that_names_somebody_else_or_has_changed_its_kind_is_refused(store, first, now):
    device = keyed(store, first, now)
    device.owner = written(b"somebody else")
    refused("key.refused", lambda: by_key(store, device, now))
    device.owner, device.flags = None, device.flags | 0x08  # may be copied to other devices, suddenly
    refused("key.refused", lambda: by_key(store, device, now))
    with store.catalogue.read() as session:
        noted = session.scalars(select(Audit.object).where(Audit.action == "passkey.refused")).all()
    assert noted == [f"staff:{first.actor.id}"] * 2


def test_strangers_have_us_keep_so_many_questions_and_no_more(sqlite_store, now, monkeypatch):
    monkeypatch.setattr(key_challenges, "MOST_ASKED", 5)
    for second in range(9):
        options_to_enter(sqlite_store, SITE, now=now + timedelta(seconds=second))
    with sqlite_store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(KeyChallenge)) == 5


def test_there_are_so_many_keys_and_no_more(store, first, now):
    device = keyed(store, first, now)
    signed = by_key(store, device, now)
    for _ in range(MOST_KEYS - 1):
        keyed(store, signed, now)
    refused("key.many", lambda: keyed(store, signed, now))


def test_a_key_that_was_removed_opens_nothing_and_other_browsers_are_out(store, first, now):
    device = keyed(store, first, now)
    assert signed_in(store, first.session_token, now=now) is not None  # where it was added one stays
    elsewhere_too, here = by_key(store, device, now), by_key(store, device, now)
    (key,) = own_factors(store, here, now=now).keys
    remove_passkey(store, here, key.id, now=now)
    assert signed_in(store, elsewhere_too.session_token, now=now) is None
    assert signed_in(store, here.session_token, now=now) is not None
    refused("key.unknown", lambda: by_key(store, device, now))
    last = by_link(store, here.actor.id, now)  # nothing is left but links
    refused("not-found", lambda: remove_passkey(store, last, key.id, now=now))


def test_nobody_removes_a_key_of_somebody_else(store, first, now):
    keyed(store, first, now)
    (key,) = own_factors(store, first, now=now).keys
    other = by_link(store, create_staff(store, name="Bi", role="manager", now=now), now)
    refused("not-found", lambda: remove_passkey(store, other, key.id, now=now))


def test_who_was_let_go_is_not_let_in_by_their_key(store, first, staff, now):
    device = keyed(store, first, now)
    manager = by_link(store, create_staff(store, name="Mo", role="manager", now=now), now).actor
    set_paused(store, manager, "staff", staff, paused=True, now=now)
    refused("key.unknown", lambda: by_key(store, device, now))


def test_a_key_of_one_name_of_the_server_is_none_of_another(store, first, now):
    device = keyed(store, first, now)
    other = replace(SITE, rp_id="studio.local", origin="https://studio.local")
    asked = options_to_enter(store, other, staff_id=first.actor.id, now=now)
    assert asked["allowCredentials"] == []
    refused("key.unknown", lambda: enter_by_passkey(store, other, device.show(asked), now=now))


def test_the_log_names_the_person_and_the_factor_and_no_key(store, first, now):
    device = keyed(store, first, now)
    by_key(store, device, now)
    with store.catalogue.read() as session:
        rows = [(row.action, row.detail) for row in session.scalars(select(Audit).order_by(Audit.seq))]
    assert [action for action, _ in rows[-2:]] == ["passkey.added", "session.begun"]
    assert json.loads(rows[-1][1]) == {"factor": "passkey"}
    assert written(device.id) not in str(rows)


@given(st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_browser_sends_is_taken_or_refused_with_a_code(sqlite_store, now, data):
    staff = create_staff(sqlite_store, name="Ia", role="payer", now=now)
    signed, device = by_link(sqlite_store, staff, now), Device()
    answer = device.make(options_to_add(sqlite_store, signed, SITE, now=now))
    field = data.draw(st.sampled_from(["id", "attestationObject", "clientDataJSON"]))
    raw = bytearray(base64.urlsafe_b64decode(answer[field] + "==="))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(raw)))
    answer[field] = data.draw(st.sampled_from([written(bytes(raw)), written(bytes(raw[:cut])), "%", "A"]))
    with suppress(AccessError, SittingError):  # anything else would be a crash
        add_passkey(sqlite_store, signed, SITE, "x", answer, now=now)
