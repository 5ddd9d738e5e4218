"""How staff sign in: passkeys and a password of their own, and showing once more that they are it."""

import ipaddress
from collections.abc import Mapping
from typing import Final, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.bodies import json_body
from recorder_web.context import current_browser, current_store, now
from recorder_web.security import (
    cookie_of,
    csrf_token,
    current_sign_in,
    current_signed_in,
    drop_sign_in_cookie,
    set_sign_in_cookie,
    side_of_request,
)
from recorder_web.strangers import hold_passwords, hold_questions, refuse_try
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.record.form import Form
from speechcorpus.workflows.own_factors import own_factors, remove_passkey, remove_password
from speechcorpus.workflows.own_sign_ins import end_other_sign_ins, end_own_sign_in, own_sign_ins
from speechcorpus.workflows.passkeys import (
    Site,
    add_passkey,
    enter_by_passkey,
    options_to_add,
    options_to_enter,
)
from speechcorpus.workflows.password_hash import LONGEST
from speechcorpus.workflows.password_sign_in import enter_by_password, show_password
from speechcorpus.workflows.passwords import SHORTEST, set_password
from speechcorpus.workflows.sign_in import SignedIn, sign_out

Answer = TypeVar("Answer", bound=AnyResponse)
BACK: Final[Mapping[str, str]] = {  # where somebody goes on who was asked to show that they are it
    "": "/staff/home",
    "keys": "/staff/keys",
    "payouts": "/staff/payouts",
    "releases": "/staff/releases",
}


def _back_to(said: str) -> str:
    """Return where `payouts`, or `payouts:project`, leads; nowhere but to pages of ours."""
    page, _, project = said.partition(":")
    query = f"?{urlencode({'project': project})}" if project else ""
    return f"{BACK[page]}{query}" if page in BACK else BACK[""]


def keys() -> str:
    """Show what one signs in with, and let one change it."""
    view = own_factors(current_store(), current_signed_in(), now=now())
    back = request.args.get("back", "")[:80]
    return render_template(
        "staff/keys.html",
        view=view,
        sign_ins=own_sign_ins(current_store(), current_signed_in(), now=now()),
        back=back if back.partition(":")[0] in ("payouts", "releases") else "keys",
        back_to=_back_to(back),
        by_name=_site_or_none() is not None,
        shortest=SHORTEST,
        longest=LONGEST,
        data={"csrf": csrf_token()},
    )


def options() -> Response:
    """Say what the browser needs to make a passkey."""
    return jsonify(options_to_add(current_store(), current_signed_in(), _site(), now=now()))


def add() -> Response:
    """Keep the passkey that the browser made."""
    form = Form(json_body(), where="", code="request.field", keys=("label", "credential"))
    label, credential = form.text("label"), form.mapping("credential")
    key = add_passkey(current_store(), current_signed_in(), _site(), label, credential, now=now())
    return jsonify({"passkey": key})


def remove(key_id: str) -> AnyResponse:
    """Let a passkey of one's own open nothing any more."""
    remove_passkey(current_store(), current_signed_in(), key_id, now=now())
    return redirect("/staff/keys", 303)


def password() -> AnyResponse:
    """Set one's own password, or change the one that is written as well."""
    said = request.form.get("password", "")
    set_password(current_store(), current_signed_in(), said, old=_old_password(), now=now())
    return redirect("/staff/keys", 303)


def forget_password() -> AnyResponse:
    """Take one's own password away."""
    remove_password(current_store(), current_signed_in(), old=_old_password(), now=now())
    return redirect("/staff/keys", 303)


def _old_password() -> str:
    """Return the password that is there, held up as those are that somebody signs in with."""
    said = request.form.get("old", "")
    if said:
        hold_passwords()
    return said


def end_sign_in(sign_in_id: str) -> AnyResponse:
    """End one of one's own sign-ins at once."""
    if end_own_sign_in(current_store(), current_signed_in(), sign_in_id, now=now()):
        response = redirect("/staff/join", 303)
        drop_sign_in_cookie(response)
        return response
    return redirect("/staff/keys#sign-ins", 303)


def end_others() -> AnyResponse:
    """End all of one's own sign-ins but this one."""
    end_other_sign_ins(current_store(), current_signed_in(), now=now())
    return redirect("/staff/keys#sign-ins", 303)


def questions() -> Response:
    """Say what the browser needs to answer with a passkey."""
    hold_questions()
    known = current_sign_in()
    staff_id = known.actor.id if known and known.actor.role != "contributor" else None
    return jsonify(options_to_enter(current_store(), _site(), staff_id=staff_id, now=now()))


def enter() -> Response:
    """Sign in whoever holds the passkey; a sign-in that was there ends."""
    form = Form(json_body(), where="", code="request.field", keys=("credential", "back"))
    try:
        signed = enter_by_passkey(
            current_store(), _site(), form.mapping("credential"), browser=current_browser(), now=now()
        )
    except AccessError as error:
        refuse_try(error)
    return _signed_in(jsonify({"next": _back_to(form.string("back"))}), signed)


def enter_with_password() -> AnyResponse:
    """Sign in by name and password, or show one's own once more; a sign-in that was there ends."""
    hold_passwords()
    form, store, known = request.form, current_store(), current_sign_in()
    password, browser = form.get("password", ""), current_browser()
    if form.get("own") and known and known.actor.role != "contributor":
        signed = show_password(store, known, password, browser=browser, now=now())
    else:
        name = form.get("name", "")[:LONGEST]
        signed = enter_by_password(store, name, password, browser=browser, now=now())
    return _signed_in(redirect(_back_to(form.get("back", "")), 303), signed)


def _signed_in(response: Answer, signed: SignedIn) -> Answer:
    before = request.cookies.get(cookie_of(side_of_request()))
    if before:
        sign_out(current_store(), before, now=now())
    set_sign_in_cookie(response, signed)
    return response


def _site() -> Site:
    """Return where the browser is.

    Raises
    ------
    SittingError : `key.address` at a bare address, which no passkey is made for
    """
    found = _site_or_none()
    if found is None:
        raise SittingError("key.address", "a passkey wants a host name, not an address")
    return found


def _site_or_none() -> Site | None:
    try:
        host = urlsplit(f"//{request.host}").hostname
    except ValueError:  # an address that is none
        return None
    if not host or _is_address(host):
        return None
    return Site(rp_id=host, origin=f"{request.scheme}://{request.host}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
