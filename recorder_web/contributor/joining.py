"""Welcome, sign-in by invite link, sign-out."""

from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.bodies import json_body
from recorder_web.context import current_browser, current_store, now
from recorder_web.security import cookie_of, drop_sign_in_cookie, set_sign_in_cookie, side_of_request
from recorder_web.strangers import refuse_try
from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError
from speechcorpus.record.form import Form
from speechcorpus.workflows.sign_in import exchange_invite, sign_out

CONTRIBUTORS_HOME, STAFF_HOME = "/home", "/staff/home"


def welcome() -> str:
    """Show who collects what, for what, and where to go."""
    return render_template("welcome.html")


def join() -> str:
    """Show the page whose script exchanges the token in the address's fragment."""
    return render_template("join.html", exchange="/join/exchange")


def exchange() -> Response:
    """Use an invite link up: set the cookie of the person's side, say where to go next."""
    token = _sent_token()
    try:
        signed = exchange_invite(current_store(), token, browser=current_browser(), now=now())
    except AccessError as error:
        refuse_try(error)
    first_page = CONTRIBUTORS_HOME if signed.actor.role == "contributor" else STAFF_HOME
    response = jsonify({"next": first_page})
    set_sign_in_cookie(response, signed)
    return response


def _sent_token() -> str:
    """Return the token of the body: JSON with this one key, once."""
    try:
        token = Form(json_body(), where="", code="request.field", keys=("token",)).string("token")
    except SpeechCorpusError as error:
        raise SittingError("request.json", 'the body must be {"token": "…"}') from error
    if not token:
        raise AccessError("invite.unknown", "no such invite link")
    return token


def leave() -> AnyResponse:
    """End the sign-in of this side at once, in this browser and on the server."""
    token = request.cookies.get(cookie_of(side_of_request()))
    if token:
        sign_out(current_store(), token, now=now())
    response = redirect("/" if side_of_request() == "contributor" else "/staff/join", 303)
    drop_sign_in_cookie(response)
    return response
