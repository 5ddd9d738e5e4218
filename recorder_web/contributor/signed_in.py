"""Where I am signed in: every browser that may act as me, and ending one of them, or all others."""

from flask import make_response, redirect, render_template
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.security import current_signed_in, drop_sign_in_cookie
from speechcorpus.workflows.own_sign_ins import end_other_sign_ins, end_own_sign_in, own_sign_ins

PAGE = "/sign-ins"


def sign_ins() -> Response:
    """Show where I am signed in; no copy of the page is kept."""
    view = own_sign_ins(current_store(), current_signed_in(), now=now())
    response = make_response(render_template("sign_ins.html", view=view))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def end_sign_in(sign_in_id: str) -> Response:
    """End one of my sign-ins at once."""
    if end_own_sign_in(current_store(), current_signed_in(), sign_in_id, now=now()):
        response = redirect("/", 303)
        drop_sign_in_cookie(response)
        return response
    return redirect(PAGE, 303)


def end_others() -> Response:
    """End all of my sign-ins but this one."""
    end_other_sign_ins(current_store(), current_signed_in(), now=now())
    return redirect(PAGE, 303)
