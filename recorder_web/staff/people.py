"""People and invites: pseudonyms, roles, who is vouched for, who rests, whose sign-ins end."""

from typing import cast

from flask import g, redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.contributor.connecting import current_entry
from recorder_web.i18n import LOCALES
from recorder_web.qr import svg_code
from recorder_web.security import current_actor
from speechcorpus.domain.actor import Role
from speechcorpus.domain.errors import SittingError
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.impartial import contributor_called, declare_own_account
from speechcorpus.workflows.invites import (
    Invite,
    invite_known_contributor,
    invite_known_member,
    new_contributor,
    new_member,
)
from speechcorpus.workflows.people_desk import Kind, end_sessions, set_manager, set_paused
from speechcorpus.workflows.qualifications import VARIETIES, vouch
from speechcorpus.workflows.views.people import people_view

STAFF_ROLES: tuple[Role, ...] = ("reviewer", "manager", "ml", "operator")  # payers: at the shell
LONGEST_NAME = 80
LONGEST_PSEUDONYM = 16


def people() -> str:
    """Show everybody of the house, without anything that says who they are."""
    return _page(None)


def invite_new_contributor() -> str:
    """Make a contributor and show their invite link, once."""
    locale, known = request.form.get("locale", g.locale), request.form.get("vouched_for") or None
    if locale not in LOCALES:
        raise SittingError("request.field", "unknown language", field="locale")
    store, actor = current_store(), current_actor()
    return _page(new_contributor(store, actor, locale=locale, vouched_for=known, now=now()))


def invite_new_staff() -> str:
    """Make a member of staff and show their invite link, once."""
    name = request.form.get("name", "").strip()
    role = next((each for each in STAFF_ROLES if each == request.form.get("role")), None)
    if not name or role is None:
        raise SittingError("request.field", "a member of staff has a name and a role", field="name")
    return _page(new_member(current_store(), current_actor(), name=name[:LONGEST_NAME], role=role, now=now()))


def invite_again(kind: str, person_id: str) -> str:
    """Show a new invite link for somebody, once."""
    invite = invite_known_contributor if _kind(kind) == "contributor" else invite_known_member
    return _page(invite(current_store(), current_actor(), person_id, now=now()))


def pause(kind: str, person_id: str) -> Response:
    """Let somebody rest, or bring them back."""
    paused = request.form.get("paused") == "yes"
    set_paused(current_store(), current_actor(), _kind(kind), person_id, paused=paused, now=now())
    return _back(kind)


def sign_out_everywhere(kind: str, person_id: str) -> Response:
    """End every sign-in of a person at once."""
    end_sessions(current_store(), current_actor(), _kind(kind), person_id, now=now())
    return _back(kind)


def answer_for(kind: str, person_id: str) -> Response:
    """Vouch for somebody in a variety."""
    vouch(
        current_store(),
        current_actor(),
        kind="speaker" if _kind(kind) == "contributor" else "reviewer",
        person_id=person_id,
        variety=request.form.get("variety", ""),
        now=now(),
    )
    return _back(kind)


def look_after(staff_id: str) -> Response:
    """Put a manager's name on a project, or take it off."""
    project_id, mine = request.form.get("project", ""), request.form.get("mine") == "yes"
    set_manager(current_store(), current_actor(), project_id, staff_id, mine=mine, now=now())
    return redirect(f"/staff/people?project={project_id}#staff", 303)


def own_account(staff_id: str) -> Response:
    """Keep under which pseudonym a member of staff records, so that they never judge themselves."""
    store, actor = current_store(), current_actor()
    said = request.form.get("pseudonym", "").strip()[:LONGEST_PSEUDONYM]
    person = contributor_called(store, said)
    declare_own_account(store, actor, staff_id=staff_id, contributor_id=person, now=now())
    return _back("staff")


def _kind(said: str) -> Kind:
    if said not in ("contributor", "staff"):
        raise not_found("page")
    return cast("Kind", said)


def _back(kind: str) -> Response:
    return redirect("/staff/people#staff" if kind == "staff" else "/staff/people#contributors", 303)


def _page(invite: Invite | None) -> str:
    view = people_view(current_store(), current_actor(), request.args.get("project"), now=now())
    way = f"{invite.path}#{invite.token}" if invite else ""
    entry = current_entry()
    return render_template(
        "staff/people.html",
        view=view,
        invite=invite,
        link=f"{request.host_url.rstrip('/')}{way}" if invite else None,
        entry=entry,
        code=svg_code(entry.address + way) if entry else None,  # here we may be called localhost
        roles=STAFF_ROLES,
        languages=LOCALES,
        varieties=VARIETIES,
        me_id=current_actor().id,
    )
