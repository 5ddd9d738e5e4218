"""Everybody sees where they are signed in, and ends it at once; nobody sees or ends anybody else's."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from speechcorpus.domain.browser_kind import browser_kind
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Audit, LoginSession
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.own_sign_ins import end_other_sign_ins, end_own_sign_in, own_sign_ins
from speechcorpus.workflows.people import create_contributor, create_staff
from speechcorpus.workflows.sign_in import exchange_invite, hour_of, invite_contributor, signed_in
from speechcorpus.workflows.sign_in_rows import KEEP_ENDED, note_uses
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.rig.authenticator import by_key, by_link, keyed
from tests.stage import keep_consent_text, set_stage

PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def person(store, now):
    return create_contributor(store, locale="nan-Hant", now=now)


def opened(store, person, now, agent=None):
    """One browser more in which a contributor opened a link."""
    browser = browser_kind(agent) if agent else None
    return exchange_invite(store, invite_contributor(store, person, now=now), browser=browser, now=now)


def refused(code, act):
    with pytest.raises(SpeechCorpusError) as caught:
        act()
    assert caught.value.code == code


def is_in(store, signed, now):
    return signed_in(store, signed.session_token, now=now) is not None


def log_of(store, *actions):
    with store.catalogue.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action.in_(actions)).order_by(Audit.seq)).all()
    return [(row.action, row.object, json.loads(row.detail)) for row in rows]


def test_one_sees_ones_own_browsers_and_which_of_them_one_holds(store, person, now):
    phone, desk = opened(store, person, now, PHONE), opened(store, person, now + MINUTE)
    opened(store, create_contributor(store, locale="en", now=now), now)
    note_uses(store, {phone.sign_in_id: hour_of(now + 3 * HOUR)})
    third = opened(store, person, now + HOUR)
    view = own_sign_ins(store, third, now=now + 3 * HOUR)
    assert (view.here.id, view.may_end) == (third.sign_in_id, True)
    assert [each.id for each in view.others] == [phone.sign_in_id, desk.sign_in_id]  # used last, first
    shown = view.others[0]
    assert (shown.browser.word, shown.factor, shown.since) == ("Chrome/Android", "link", now)
    assert shown.used_hour == now.replace(minute=0) + 3 * HOUR
    assert view.others[1].browser is None
    run_out = now + timedelta(days=30, minutes=2)
    assert own_sign_ins(store, third, now=run_out).others == ()


def test_what_is_kept_of_a_browser_is_its_kind_alone(store, person, now):
    opened(store, person, now, f"{PHONE} secret/1.2.3")
    with store.catalogue.read() as session:
        kept = session.scalars(select(LoginSession)).one()
    said = {name: str(value) for name, value in vars(kept).items()}
    assert kept.browser == "Chrome/Android"
    assert [name for name, value in said.items() if "142" in value or "secret" in value] == []


def test_ending_one_is_done_at_once_and_written_down(store, person, now):
    lost, kept, here = (opened(store, person, now) for _ in range(3))
    assert end_own_sign_in(store, here, lost.sign_in_id, now=now) is False
    assert [is_in(store, each, now) for each in (lost, kept, here)] == [False, True, True]
    refused("not-found", lambda: end_own_sign_in(store, here, lost.sign_in_id, now=now))
    about = f"contributor:{person}"
    assert log_of(store, "session.ended") == [("session.ended", about, {"sign_in": lost.sign_in_id})]


def test_somebody_elses_is_not_there(store, person, now):
    other = create_contributor(store, locale="en", now=now)
    theirs, here = opened(store, other, now), opened(store, person, now)
    staff = by_link(store, create_staff(store, name="Ia", role="payer", now=now), now)
    for sign_in_id in (theirs.sign_in_id, staff.sign_in_id, "nobody's"):
        refused("not-found", lambda of=sign_in_id: end_own_sign_in(store, here, of, now=now))
    refused("not-found", lambda: end_own_sign_in(store, staff, here.sign_in_id, now=now))
    assert end_other_sign_ins(store, here, now=now) == 0
    assert all(is_in(store, each, now) for each in (theirs, here, staff))
    assert log_of(store, "session.ended", "sessions.ended") == []


def test_all_others_end_with_the_sign_in_one_has(store, person, now):
    others, here = [opened(store, person, now) for _ in range(2)], opened(store, person, now)
    later = now + timedelta(days=20)
    assert end_other_sign_ins(store, here, now=later) == 2
    assert [is_in(store, each, later) for each in (*others, here)] == [False, False, True]
    assert log_of(store, "sessions.ended") == [("sessions.ended", f"contributor:{person}", {"sessions": 2})]


def test_who_has_withdrawn_still_ends_their_own(store, now):
    keep_consent_text(store)
    person = set_stage(store, now).contributor().id
    here = opened(store, person, now)
    withdraw(store, here.actor, Asked(scope="all"), session_token=here.session_token, now=now)
    assert end_own_sign_in(store, here, here.sign_in_id, now=now) is True
    assert not is_in(store, here, now)


def test_staff_show_a_key_before_they_end_others_and_sign_out_without(store, now):
    staff = create_staff(store, name="Ia", role="payer", now=now)
    first = by_link(store, staff, now)
    device = keyed(store, first, now)
    lost, here, late = by_key(store, device, now), by_key(store, device, now), now + 11 * MINUTE
    assert own_sign_ins(store, here, now=now).may_end
    assert not own_sign_ins(store, here, now=late).may_end
    refused("key.proof", lambda: end_own_sign_in(store, here, lost.sign_in_id, now=late))
    refused("key.proof", lambda: end_other_sign_ins(store, here, now=late))
    refused("key.proof", lambda: end_other_sign_ins(store, first, now=now))  # the link proves nothing now
    assert is_in(store, lost, late)
    assert end_own_sign_in(store, here, here.sign_in_id, now=late) is True
    shown = by_key(store, device, late)
    assert end_other_sign_ins(store, shown, now=late) == 2
    assert [is_in(store, each, late) for each in (first, lost, shown)] == [False, False, True]


def test_staff_who_have_nothing_but_a_link_are_not_locked_out_of_ending_others(store, now):
    staff = create_staff(store, name="Ia", role="payer", now=now)
    lost, here = by_link(store, staff, now), by_link(store, staff, now)
    assert end_other_sign_ins(store, here, now=now + HOUR) == 1
    assert not is_in(store, lost, now + HOUR)


def test_of_two_browsers_that_end_each_other_one_stays(store, person, now):
    pair = [opened(store, person, now) for _ in range(2)]

    def end(signed):
        try:
            return end_other_sign_ins(store, signed, now=now)
        except SpeechCorpusError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(end, pair))
    assert sorted(said, key=str) == [1, "auth.expired"]
    assert sorted(is_in(store, each, now) for each in pair) == [False, True]


def test_a_sign_in_that_was_ended_ends_and_shows_nothing(store, person, now):
    lost, here = opened(store, person, now), opened(store, person, now)
    end_own_sign_in(store, here, lost.sign_in_id, now=now)
    for act in (
        lambda: own_sign_ins(store, lost, now=now),
        lambda: end_own_sign_in(store, lost, here.sign_in_id, now=now),
        lambda: end_other_sign_ins(store, lost, now=now),
    ):
        refused("auth.expired", act)
    assert is_in(store, here, now)


def test_an_hour_that_was_noted_late_takes_no_later_ones_place(store, person, now):
    here = opened(store, person, now)
    for hours in (2, 1):
        note_uses(store, {here.sign_in_id: hour_of(now + hours * HOUR), "gone": hour_of(now)})
    found = signed_in(store, here.session_token, now=now + 2 * HOUR)
    assert found.used_hour == hour_of(now + 2 * HOUR)


def test_a_month_after_its_end_nothing_of_a_sign_in_is_kept(store, person, now):
    ended, here = opened(store, person, now), opened(store, person, now)
    run_out = opened(store, person, now - timedelta(days=31))
    end_own_sign_in(store, here, ended.sign_in_id, now=now)

    def kept_at(moment):
        tidy(store, moment)
        with store.catalogue.read() as session:
            return set(session.scalars(select(LoginSession.id)))

    everybody = {each.sign_in_id for each in (ended, here, run_out)}
    assert kept_at(now + KEEP_ENDED - timedelta(days=2)) == everybody
    assert kept_at(now + KEEP_ENDED - MINUTE) == everybody - {run_out.sign_in_id}
    assert kept_at(now + KEEP_ENDED + MINUTE) == {here.sign_in_id}
