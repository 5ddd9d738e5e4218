"""The manager's page: coverage, funnel, people and their invite links."""

from flask import g, render_template, request

from recorder_web.context import current_store, now
from recorder_web.contributor.connecting import current_entry
from recorder_web.i18n import LOCALES
from recorder_web.qr import svg_code
from recorder_web.security import current_actor
from speechcorpus.domain.actor import Role
from speechcorpus.domain.errors import SittingError
from speechcorpus.workflows.invites import Invite, invite_known_contributor, new_contributor, new_member
from speechcorpus.workflows.views.project import project_view

STAFF_ROLES: tuple[Role, ...] = ("reviewer", "manager", "ml")


def overview() -> str:
    """Show a project: what has been collected and who collects it."""
    return _page(None)


def invite_new_contributor() -> str:
    """Make a contributor and show their invite link, once."""
    locale = request.form.get("locale", g.locale)
    if locale not in LOCALES:
        raise SittingError("request.field", "unknown language", field="locale")
    return _page(new_contributor(current_store(), current_actor(), locale=locale, now=now()))


def invite_again(contributor_id: str) -> str:
    """Show a new invite link for a contributor, once."""
    return _page(invite_known_contributor(current_store(), current_actor(), contributor_id, now=now()))


def invite_new_staff() -> str:
    """Make a member of staff and show their invite link, once."""
    name = request.form.get("name", "").strip()
    role = next((each for each in STAFF_ROLES if each == request.form.get("role")), None)
    if not name or role is None:
        raise SittingError("request.field", "a member of staff has a name and a role", field="name")
    return _page(new_member(current_store(), current_actor(), name=name[:80], role=role, now=now()))


def _page(invite: Invite | None) -> str:
    view = project_view(current_store(), current_actor(), request.args.get("project"))
    way = f"{invite.path}#{invite.token}" if invite else ""
    entry = current_entry()
    return render_template(
        "staff/project.html",
        view=view,
        invite=invite,
        link=f"{request.host_url.rstrip('/')}{way}" if invite else None,
        entry=entry,
        code=svg_code(entry.address + way) if entry else None,  # here we may be called localhost
        roles=STAFF_ROLES,
        languages=LOCALES,
    )
