"""Cookies, sign-in, forged requests, headers: everything a request passes before a view sees it."""

import hmac
from typing import Final, Literal, TypedDict, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.context import current_store, now
from recorder_web.seen import seen_of
from recorder_web.settings import LOCAL_TLS
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.workflows.sign_in import SignedIn, session_lasts, signed_in

Side = Literal["contributor", "staff"]
COOKIES: Final[dict[Side, str]] = {"contributor": "sc_contributor", "staff": "sc_staff"}
STAFF_PATHS: Final = ("/staff", "/releases")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# they carry a secret of their own: the invite, what a passkey signed, a password
TOKENLESS: Final = (
    "/join/exchange",
    "/staff/join/exchange",
    "/staff/join/options",
    "/staff/join/passkey",
    "/staff/join/password",
)
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class CookieFlags(TypedDict):
    """How both sign-in cookies are kept."""

    httponly: bool
    samesite: str
    secure: bool
    path: str


# recorder.md §12, word for word
CSP: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; media-src 'self' blob:; "
    "img-src 'self' data:; style-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "Permissions-Policy": "microphone=(self), screen-wake-lock=(self)",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def side_of_request() -> Side:
    """Return whose cookie counts here: contributors and staff never share a sign-in."""
    return "staff" if request.path.startswith(STAFF_PATHS) else "contributor"


def current_sign_in() -> SignedIn | None:
    """Return who is signed in on this side of the house, looked up once a request."""
    if "signed_in" not in g:
        token = request.cookies.get(cookie_of(side_of_request()))
        g.signed_in = signed_in(current_store(), token, now=now()) if token else None
        if g.signed_in is not None:
            seen_of(current_app).note(g.signed_in, now())
    return cast(SignedIn | None, g.signed_in)


def current_actor() -> Actor:
    """Return who asks; AccessError `auth.expired` (401) when nobody is signed in here."""
    return current_signed_in().actor


def current_signed_in() -> SignedIn:
    """Return the sign-in that is used; AccessError `auth.expired` (401) when there is none here."""
    known = current_sign_in()
    if known is None:
        raise AccessError("auth.expired", "no valid sign-in on this side")
    return known


def csrf_token() -> str:
    """Return what forms and islands send back; empty while nobody is signed in."""
    known = current_sign_in()
    return known.csrf_token if known else ""


def set_sign_in_cookie(response: AnyResponse, signed: SignedIn) -> None:
    """Let this browser be the person until the server-side session ends."""
    side: Side = "contributor" if signed.actor.role == "contributor" else "staff"
    # kept when the browser closes: the invite link is used up, and unsent recordings wait for this person
    lasts = session_lasts(signed.actor.role)
    response.set_cookie(cookie_of(side), signed.session_token, max_age=lasts, **_cookie_flags())


def drop_sign_in_cookie(response: AnyResponse) -> None:
    """Forget the sign-in of this side in this browser."""
    response.delete_cookie(cookie_of(side_of_request()), **_cookie_flags())


def _cookie_flags() -> CookieFlags:
    return {"httponly": True, "samesite": "Strict", "secure": request.is_secure, "path": "/"}


def cookie_of(side: Side) -> str:
    """Return the name of a side's cookie on the listener that was asked.

    Browsers share cookies between all ports of a name and let no plain page replace a `Secure` one; under two
    names a sign-in at http://localhost and one over TLS do not get into each other's way.
    """
    return f"__Host-{COOKIES[side]}" if request.is_secure else COOKIES[side]


def refuse_forged_requests() -> None:
    """Let a changing request pass only from our own pages, with the token of the sign-in it uses."""
    if request.method in SAFE_METHODS:
        return
    if not _same_origin():
        raise AccessError("auth.csrf", "the request comes from another site")
    known = None if request.path in TOKENLESS else current_sign_in()
    if known and not hmac.compare_digest(_sent_token().encode(), known.csrf_token.encode()):
        raise AccessError("auth.csrf", "the form's token is missing or old")


def _same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")  # browsers before 2023 send only this
    return origin is None or urlsplit(origin).netloc == request.host


def _sent_token() -> str:
    header = request.headers.get("X-CSRF-Token")
    if header is not None or request.mimetype not in FORMS:  # never parse a chunk as a form
        return header or ""
    return request.form.get("csrf_token", "")


def set_headers(response: Response) -> Response:
    """Put the security headers on every answer; only hashed assets may be kept by caches."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if request.path.startswith("/static/") and response.status_code in (200, 206, 304):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault(
            "Cache-Control", "no-store" if "Set-Cookie" in response.headers else "no-cache"
        )
    # not with a certificate of our own: it would forbid the plain port of the same name for a year, and make
    # the browser's warning final where the authority is not installed
    if request.is_secure and LOCAL_TLS not in request.environ:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def guard(app: Flask) -> None:
    """Put these checks and headers around every view of an application."""
    app.before_request(refuse_forged_requests)
    app.after_request(set_headers)
