"""Whoever is not signed in: how often an address may ask for pages, and try links and tokens in vain.

What a program asks of the machine itself, and files that never change, cost nothing worth counting. Behind a
proxy every address is the proxy's, and the limits by address are kept there (`deploy/`).
"""

from typing import Final, NoReturn, cast

from flask import current_app, request

from recorder_web.api.pace import Pace
from recorder_web.door import comes_by_token
from recorder_web.security import current_sign_in
from recorder_web.settings import LOCAL_TLS
from speechcorpus.domain.errors import AccessError, SittingError

PAGES_PER_S: Final = 20  # of an address, which may be a whole office; twice as many at once
QUESTIONS_PER_S: Final = 2  # that a passkey answers: each is kept for five minutes
PASSWORDS_PER_S: Final = 1  # each costs a tenth of a second and 64 MiB
TRIES_PER_S: Final = 5  # of links and tokens that let nobody in: the first ten are typing errors
UNCOUNTED: Final = ("/static/", "/icons/", "/healthz", "/readyz", "/metrics", "/api/v1/time")


def hold_strangers() -> None:
    """Let an address ask as nobody 20 times a second.

    Raises
    ------
    SittingError : `quota.rate`
    """
    if request.path.startswith(UNCOUNTED) or _is_behind_a_proxy() or comes_by_token():
        return
    if current_sign_in() is None and not _allows("strangers", PAGES_PER_S):
        raise SittingError("quota.rate", "too many requests from this address", per_s=PAGES_PER_S)


def refuse_try(error: AccessError) -> NoReturn:
    """Refuse a link or a token that lets nobody in; one that is good is never held up by what others tried.

    Raises
    ------
    SittingError : `quota.rate` once there were too many from this address
    AccessError : the error itself
    """
    if not _is_behind_a_proxy() and not _allows("tries", TRIES_PER_S):
        raise SittingError(
            "quota.rate", "too many links or tokens that let nobody in", per_s=TRIES_PER_S
        ) from error
    raise error


def hold_passwords() -> None:
    """Let an address try a password once a second.

    Raises
    ------
    SittingError : `quota.rate`
    """
    if not _is_behind_a_proxy() and not _allows("passwords", PASSWORDS_PER_S):
        raise SittingError("quota.rate", "too many passwords from this address", per_s=PASSWORDS_PER_S)


def hold_questions() -> None:
    """Let an address ask twice a second for what a passkey answers.

    Raises
    ------
    SittingError : `quota.rate`
    """
    if not _is_behind_a_proxy() and not _allows("questions", QUESTIONS_PER_S):
        raise SittingError("quota.rate", "too many questions from this address", per_s=QUESTIONS_PER_S)


def _is_behind_a_proxy() -> bool:
    return request.is_secure and LOCAL_TLS not in request.environ


def _allows(name: str, per_s: float) -> bool:
    pace = current_app.extensions.setdefault(f"speechcorpus.pace.{name}", Pace(per_s=per_s))
    return cast(Pace, pace).allows(request.remote_addr or "")
