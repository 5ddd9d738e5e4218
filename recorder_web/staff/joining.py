"""Sign-in of staff by invite link, sign-out."""

from flask import render_template

from recorder_web.contributor.joining import exchange, leave

__all__ = ["exchange", "join", "leave"]


def join() -> str:
    """Show the page whose script exchanges the token in the address's fragment."""
    return render_template("join.html", exchange="/staff/join/exchange")
