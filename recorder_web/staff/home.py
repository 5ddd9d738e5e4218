"""The first page of staff."""

from flask import render_template

from recorder_web.context import current_messages, current_store, now
from recorder_web.pages import NAV
from recorder_web.security import current_actor
from speechcorpus.workflows.views.staff_home import staff_home


def home() -> str:
    """Show what waits for the one who is here, and the way to every page of theirs."""
    view = staff_home(current_store(), current_actor(), now=now())
    said = current_messages()
    pages = [
        (key, href, f"desk.page.{key}" if f"desk.page.{key}" in said else None)
        for key, href in NAV.get(view.role, ())
        if href != "/staff/home"
    ]
    pages.append(("keys", "/staff/keys", "desk.page.keys"))
    return render_template("staff/home.html", view=view, pages=pages)
