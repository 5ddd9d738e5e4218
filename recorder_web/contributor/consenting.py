"""Consent by purpose, and what a person says about themselves."""

from flask import g, redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.paragraphs import paragraphs
from recorder_web.security import current_actor
from speechcorpus.workflows.consents import AGE_BANDS, GENDERS, give_consent, save_about_me
from speechcorpus.workflows.views.consent import consent_view

VARIETIES = ("nan-TW", "nan-CN", "cmn-TW")


def consent() -> str:
    """Show the consent text in the person's language, each purpose as a tick of its own."""
    asked = request.args.get("project")
    view = consent_view(current_store(), current_actor(), locale=g.locale, project_id=asked)
    choices = {"variety": VARIETIES, "gender": GENDERS, "age_band": AGE_BANDS}
    return render_template("consent.html", view=view, blocks=paragraphs(view.text), choices=choices)


def give() -> Response:
    """Keep what was ticked, under the text that was shown, and the facts that were given."""
    store, actor, form = current_store(), current_actor(), request.form
    give_consent(
        store,
        actor,
        purposes=form.getlist("purpose"),
        language=g.locale,
        project_id=form["project_id"],
        shown=form.get("text_sha256"),
        now=now(),
    )
    save_about_me(
        store,
        actor,
        variety=form.get("variety") or None,
        subvariety=form.get("subvariety", "").strip()[:40] or None,
        gender=form.get("gender") or None,
        age_band=form.get("age_band") or None,
        now=now(),
    )
    return redirect("/home", 303)
