"""A password is long, kept as argon2id, held back after mistakes, and its change ends other sign-ins."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Audit, StaffPassword
from speechcorpus.workflows import password_hash, password_sign_in
from speechcorpus.workflows.own_factors import own_factors, remove_password
from speechcorpus.workflows.own_password import MOST_MISTAKES
from speechcorpus.workflows.password_sign_in import (
    FREE_MISTAKES,
    enter_at_shell,
    enter_by_password,
    show_password,
)
from speechcorpus.workflows.passwords import give_password, set_password, weakness
from speechcorpus.workflows.people import create_contributor, create_staff
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor, is_proven, signed_in
from tests.rig.authenticator import by_key, by_link, keyed

WORDS, OTHER = "hit-liáp n̂g-sim-kam", "chhiūⁿ-á chò-tīn khì"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def staff(store, now):
    return create_staff(store, name="Ia", role="payer", now=now)


def refused(code, act):
    with pytest.raises(SpeechCorpusError) as caught:
        act()
    assert caught.value.code == code
    return caught.value


def test_a_password_signs_in_and_proves_and_stands_nowhere(store, staff, now):
    set_password(store, by_link(store, staff, now), WORDS, now=now)
    signed = enter_by_password(store, "Ia", WORDS, now=now)
    assert (signed.actor.id, signed.factor, is_proven(signed, now)) == (staff, "password", True)
    assert own_factors(store, signed, now=now).password_since == now
    refused("password.wrong", lambda: enter_by_password(store, "Ia", OTHER, now=now))
    refused("password.wrong", lambda: enter_by_password(store, "Bi", WORDS, now=now))
    refused("invite.keyed", lambda: by_link(store, staff, now))
    with store.catalogue.read() as session:
        kept = session.scalars(select(StaffPassword.hash)).one()
        log = str(session.execute(text("SELECT * FROM audit")).all())
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert WORDS not in kept + log


def test_a_keyboard_that_composes_differently_writes_the_same_password(store, staff, now):
    set_password(store, by_link(store, staff, now), "tâi-gí ê kiàn-á ﬁn", now=now)
    assert enter_by_password(store, "Ia", "tâi-gí ê kiàn-á fin", now=now).actor.id == staff


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("siuⁿ té", "short"),
        ("長" * 129, "long"),
        ("password1234", "guessable"),
        ("qwertyuiop[]", "guessable"),
        ("speechcorpus", "guessable"),
        ("aaaaaaaaaaaaaaaa", "guessable"),
        ("陳阿財陳阿財陳阿財陳阿財", "guessable"),
    ],
)
def test_a_password_that_somebody_could_guess_is_refused_with_the_reason(sqlite_store, now, said, why):
    staff = create_staff(sqlite_store, name="陳阿財", role="payer", now=now)
    signed = by_link(sqlite_store, staff, now)
    assert (
        refused("password.weak", lambda: set_password(sqlite_store, signed, said, now=now)).facts["why"]
        == why
    )


def test_long_words_of_any_kind_will_do():
    for said in (WORDS, OTHER, "火車欲開矣緊來坐一个好位", "correct horse battery staple"):
        assert weakness(said) is None


def test_five_mistakes_hold_a_name_and_a_key_opens_all_the_same(store, staff, now):
    first = by_link(store, staff, now)
    device = keyed(store, first, now)
    set_password(store, by_key(store, device, now), WORDS, now=now)
    for _ in range(FREE_MISTAKES):
        refused("password.wrong", lambda: enter_by_password(store, "Ia", OTHER, now=now))
    refused("quota.password", lambda: enter_by_password(store, "Ia", WORDS, now=now + MINUTE / 2))
    assert by_key(store, device, now).actor.id == staff
    refused("password.wrong", lambda: enter_by_password(store, "Ia", OTHER, now=now + MINUTE))
    refused("quota.password", lambda: enter_by_password(store, "Ia", WORDS, now=now + 2 * MINUTE))
    assert enter_by_password(store, "Ia", WORDS, now=now + 3 * MINUTE).actor.id == staff
    refused("password.wrong", lambda: enter_by_password(store, "Ia", OTHER, now=now + 3 * MINUTE))


def test_many_tries_at_once_count_as_many(store, staff, now):
    give_password(store, staff, WORDS, now=now)

    def one(number):
        try:
            enter_by_password(store, "Ia", f"{OTHER} {number}", now=now)
        except SpeechCorpusError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(one, range(8)))
    assert codes.count("password.wrong") <= FREE_MISTAKES  # who waited too long for a turn is held back too
    refused("quota.password", lambda: enter_by_password(store, "Ia", WORDS, now=now))


def test_a_change_wants_the_password_and_ends_other_sign_ins(store, staff, now):
    first = by_link(store, staff, now)
    set_password(store, first, WORDS, now=now)
    refused(
        "key.proof", lambda: set_password(store, first, OTHER, now=now)
    )  # a link changes nothing any more
    other, here = (enter_by_password(store, "Ia", WORDS, now=now) for _ in range(2))
    refused("key.proof", lambda: set_password(store, here, OTHER, old=WORDS, now=now + 11 * MINUTE))
    set_password(store, here, OTHER, old=WORDS, now=now)
    assert signed_in(store, other.session_token, now=now) is None
    refused("password.wrong", lambda: enter_by_password(store, "Ia", WORDS, now=now))
    remove_password(store, here, old=OTHER, now=now)
    refused("password.wrong", lambda: enter_by_password(store, "Ia", OTHER, now=now))
    assert by_link(store, staff, now).factor == "link"


def test_two_of_one_name_each_have_their_own(store, staff, now):
    twin = create_staff(store, name="Ia", role="manager", now=now)
    give_password(store, staff, WORDS, now=now)
    give_password(store, twin, OTHER, now=now)
    for _ in range(FREE_MISTAKES + 2):  # the right one of one is no mistake of the other
        assert enter_by_password(store, "Ia", WORDS, now=now).actor.id == staff
    assert enter_by_password(store, "Ia", OTHER, now=now).actor.id == twin
    with store.catalogue.read() as session:
        assert session.scalars(select(StaffPassword.failures)).all() == [0, 0]


def test_a_contributor_has_neither(sqlite_store, now):
    person = create_contributor(sqlite_store, locale="nan-Hant", now=now)
    link = invite_contributor(sqlite_store, person, now=now)
    signed = exchange_invite(sqlite_store, link, now=now)
    refused("not-found", lambda: set_password(sqlite_store, signed, WORDS, now=now))
    refused("not-found", lambda: own_factors(sqlite_store, signed, now=now))


def test_a_password_that_was_changed_meanwhile_opens_nothing(store, staff, now, monkeypatch):
    give_password(store, staff, WORDS, now=now)
    renewed = password_sign_in.renewed

    def late(kept, said):
        give_password(store, staff, OTHER, now=now)  # between the look and the sign-in
        return renewed(kept, said)

    monkeypatch.setattr(password_sign_in, "renewed", late)
    refused("password.wrong", lambda: enter_by_password(store, "Ia", WORDS, now=now))


def test_a_day_after_the_last_hold_the_mistakes_are_forgiven(sqlite_store, now):
    staff = create_staff(sqlite_store, name="Ia", role="payer", now=now)
    give_password(sqlite_store, staff, WORDS, now=now)
    for _ in range(FREE_MISTAKES):
        refused("password.wrong", lambda: enter_by_password(sqlite_store, "Ia", OTHER, now=now))
    later = now + timedelta(days=1, minutes=2)
    refused("password.wrong", lambda: enter_by_password(sqlite_store, "Ia", OTHER, now=later))
    assert enter_by_password(sqlite_store, "Ia", WORDS, now=later).actor.id == staff
    with sqlite_store.catalogue.read() as session:
        held = session.scalars(select(Audit.detail).where(Audit.action == "password.held")).all()
    assert held == ['{"mistakes":5}']


def test_a_name_is_one_however_it_was_typed(sqlite_store, now):
    staff = create_staff(sqlite_store, name="Ta\u0302n A\u0301-ha\u0301i ", role="payer", now=now)
    give_password(sqlite_store, staff, WORDS, now=now)
    for name in ("Tân Á-hái", " Ta\u0302n  A\u0301-ha\u0301i"):
        assert enter_by_password(sqlite_store, name, WORDS, now=now).actor.id == staff


def test_at_the_shell_nobody_is_held_up(sqlite_store, now):
    staff = create_staff(sqlite_store, name="Ia", role="payer", now=now)
    give_password(sqlite_store, staff, WORDS, now=now)
    for _ in range(FREE_MISTAKES):
        refused("password.wrong", lambda: enter_by_password(sqlite_store, "Ia", OTHER, now=now))
    assert enter_at_shell(sqlite_store, "Ia", WORDS, now=now).actor.id == staff


def test_a_change_wants_the_old_password_whatever_was_just_shown(store, staff, now):
    device = keyed(store, by_link(store, staff, now), now)
    here = by_key(store, device, now)
    set_password(store, here, WORDS, now=now)  # there is none to ask for
    for old in ("", OTHER):
        refused("password.wrong", lambda said=old: set_password(store, here, OTHER, old=said, now=now))
    set_password(store, here, OTHER, old=WORDS, now=now)
    assert enter_by_password(store, "Ia", OTHER, now=now).actor.id == staff


def test_a_forgotten_password_goes_with_a_passkey_and_with_nothing_else(store, staff, now):
    device = keyed(store, by_link(store, staff, now), now)
    set_password(store, by_key(store, device, now), WORDS, now=now)
    by_word = enter_by_password(store, "Ia", WORDS, now=now)
    for old in ("", OTHER):
        refused("password.wrong", lambda said=old: remove_password(store, by_word, old=said, now=now))
    here = by_key(store, device, now)
    remove_password(store, here, now=now)
    set_password(store, here, OTHER, now=now)
    assert enter_by_password(store, "Ia", OTHER, now=now).actor.id == staff


def test_five_mistakes_with_ones_own_password_end_that_sign_in_and_no_other(store, staff, now):
    give_password(store, staff, WORDS, now=now)
    other, here = (enter_by_password(store, "Ia", WORDS, now=now) for _ in range(2))
    tries = (
        lambda: set_password(store, here, OTHER, old=OTHER, now=now),
        lambda: remove_password(store, here, old=OTHER, now=now),
        lambda: show_password(store, here, OTHER, now=now),
        lambda: set_password(store, here, "short", old=OTHER, now=now),
    )
    for one in tries:
        refused("password.wrong", one)
    refused("password.tries", lambda: show_password(store, here, OTHER, now=now))
    assert signed_in(store, here.session_token, now=now) is None
    refused("auth.expired", lambda: show_password(store, here, WORDS, now=now))
    assert signed_in(store, other.session_token, now=now) is not None
    assert enter_by_password(store, "Ia", WORDS, now=now).actor.id == staff  # the name is not held
    with store.catalogue.read() as session:
        ended = session.scalars(select(Audit.detail).where(Audit.action == "session.ended")).all()
    assert ended == ['{"mistakes":5}']


def test_what_was_right_is_no_mistake_and_strangers_mistakes_hold_up_nobody_who_is_in(store, staff, now):
    give_password(store, staff, WORDS, now=now)
    here = enter_by_password(store, "Ia", WORDS, now=now)
    for _ in range(FREE_MISTAKES):
        refused("password.wrong", lambda: enter_by_password(store, "Ia", OTHER, now=now))
    before, after = WORDS, OTHER
    for _ in range(3):
        for _ in range(MOST_MISTAKES - 1):
            refused("password.wrong", lambda: set_password(store, here, WORDS, old="no", now=now))
        set_password(store, here, after, old=before, now=now)
        before, after = after, before
    assert signed_in(store, here.session_token, now=now) is not None


def test_many_tries_at_once_in_one_sign_in_count_as_many(store, staff, now):
    give_password(store, staff, WORDS, now=now)
    here = enter_by_password(store, "Ia", WORDS, now=now)

    def one(number):
        try:
            show_password(store, here, f"{OTHER} {number}", now=now)
        except SpeechCorpusError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(one, range(8)))
    looked_at = codes.count("password.wrong") + 1  # the last of them ended it
    assert looked_at <= MOST_MISTAKES
    assert set(codes) <= {"password.wrong", "password.tries", "auth.expired", "quota.password"}
    if "quota.password" not in codes:
        assert signed_in(store, here.session_token, now=now) is None


def test_who_finds_no_turn_has_made_no_mistake(sqlite_store, now, monkeypatch):
    staff = create_staff(sqlite_store, name="Ia", role="payer", now=now)
    give_password(sqlite_store, staff, WORDS, now=now)
    here = enter_by_password(sqlite_store, "Ia", WORDS, now=now)
    monkeypatch.setattr(password_hash, "PATIENCE_S", 0.01)
    with password_hash._ONE_AT_A_TIME:
        for _ in range(2 * MOST_MISTAKES):
            refused("quota.password", lambda: show_password(sqlite_store, here, WORDS, now=now))
    assert show_password(sqlite_store, here, WORDS, now=now).actor.id == staff
