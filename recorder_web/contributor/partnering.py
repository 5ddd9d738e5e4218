"""Two people in a dialogue: the link for the second one, and what they read before they agree."""

from urllib.parse import urlsplit

from flask import g, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from recorder_web.context import current_settings, current_store, now
from recorder_web.contributor.connecting import current_entry
from recorder_web.paragraphs import paragraphs
from recorder_web.qr import svg_code
from recorder_web.security import current_actor
from speechcorpus.workflows.partners import agree_to_partner, end_partner, invite_partner, known_devices
from speechcorpus.workflows.views.invitation import invitation_view
from speechcorpus.workflows.views.partners import seat_view

ONLY_HERE = ("localhost", "127.0.0.1", "::1")  # no phone gets anywhere with these


def seat(claim_id: str) -> str:
    """Show the second seat of one of my claims."""
    return _seat(claim_id, None)


def invite(claim_id: str) -> str:
    """Make a link for the second person, at one device or at two, and show it, once."""
    devices = known_devices(request.form.get("devices", "one"))
    token = invite_partner(current_store(), current_actor(), claim_id, devices=devices, now=now())
    return _seat(claim_id, token)


def invitation(token: str) -> str:
    """Show what a link invites to."""
    view = invitation_view(current_store(), current_actor(), token, locale=g.locale, now=now())
    return render_template(
        "partner.html", view=view, token=token, blocks=paragraphs(view.text), relay=_relayed()
    )


def agree(token: str) -> Response:
    """Agree to speak in a dialogue, with the purposes that were ticked."""
    purposes = request.form.getlist("purpose")
    agree_to_partner(current_store(), current_actor(), token, purposes=purposes, language=g.locale, now=now())
    return redirect(f"/partner/{token}", 303)


def end(partner_id: str) -> Response:
    """End it, from either side."""
    end_partner(current_store(), current_actor(), partner_id, now=now())
    return redirect("/home", 303)


def _seat(claim_id: str, token: str | None) -> str:
    view = seat_view(current_store(), current_actor(), claim_id)
    link = None if token is None else f"{_address()}/partner/{token}"
    return render_template("partner_seat.html", view=view, link=link, code=_code(link), relay=_relayed())


def _relayed() -> bool:
    """Say whether two people hear each other who are not in one network."""
    servers = current_settings().call_servers
    return servers is not None and servers.relay


def _address() -> str:
    """Return where another device finds us; where it does not, the address of this one."""
    entry = current_entry()
    return request.host_url.rstrip("/") if entry is None else entry.address


def _code(link: str | None) -> Markup | None:
    return None if link is None or urlsplit(link).hostname in ONLY_HERE else svg_code(link)
