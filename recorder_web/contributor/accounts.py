"""Where my money goes: given, changed, forgotten; sealed, and read by a payer alone."""

import unicodedata

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.payout_accounts import LONGEST, Account, forget_account, own_account, save_account

PAGE = "/work/account"


def account() -> Response:
    """Show my account, and who may read it; no copy of the page is kept."""
    found = own_account(current_store(), current_actor())
    response = make_response(render_template("work_account.html", account=found, longest=LONGEST))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def save() -> Response:
    """Keep the account that the form names."""
    said = Account(holder=_line("holder"), bank=_line("bank"), number=_line("number"))
    save_account(current_store(), current_actor(), said, now=now())
    return redirect(f"{PAGE}#kept", 303)


def forget() -> Response:
    """Destroy my account."""
    forget_account(current_store(), current_actor(), now=now())
    return redirect(PAGE, 303)


def _line(name: str) -> str:
    return unicodedata.normalize("NFC", request.form.get(name, "").strip())
