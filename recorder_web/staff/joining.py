"""Sign-in of staff by invite link or by what they hold, sign-out."""

from flask import render_template

from recorder_web.contributor.joining import exchange, leave

__all__ = ["exchange", "join", "leave"]


def join() -> str:
    """Show the page that takes a link (its token lies in the address's fragment), a passkey or a password."""
    return render_template("staff/join.html", exchange="/staff/join/exchange")
