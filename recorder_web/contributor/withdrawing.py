"""Taking back: everything, one purpose, or one item; what it destroys is said first, and asked once."""

from typing import cast, get_args

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.security import current_actor, current_sign_in
from speechcorpus.domain.errors import SittingError
from speechcorpus.work.withdrawal import Scope
from speechcorpus.workflows.views.withdrawal import withdrawal_view
from speechcorpus.workflows.withdrawals import Asked, withdraw


def withdrawing() -> str:
    """Show what can be taken back, by when what happens, and what nobody can promise."""
    view = withdrawal_view(current_store(), current_actor(), request.args.get("item"))
    return render_template("withdraw.html", view=view)


def take_back() -> Response:
    """Take back what was asked for, and show the receipt."""
    form, signed = request.form, current_sign_in()
    if form.get("scope") not in get_args(Scope):
        raise SittingError("request.field", "everything, a purpose or an item", field="scope")
    if form.get("sure") != "yes":
        raise SittingError("withdrawal.sure", "it cannot be undone, so it is asked once", field="sure")
    asked = Asked(
        scope=cast(Scope, form["scope"]),
        purpose=form.get("purpose") or None,
        text_sha256=form.get("text_sha256") or None,
        segment_id=form.get("item") or None,
    )
    withdraw(
        current_store(),
        current_actor(),
        asked,
        session_token=signed.session_token if signed else None,
        now=now(),
    )
    return redirect("/withdraw#taken", 303)
