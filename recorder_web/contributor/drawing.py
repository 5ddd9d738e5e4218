"""The draw: joining a round, answering an offer, and the public pages of rounds."""

from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.context import current_store, now
from recorder_web.security import current_actor, current_sign_in
from speechcorpus.workflows.claims import accept_offer
from speechcorpus.workflows.draw_entries import join_round
from speechcorpus.workflows.offers import decline_offer
from speechcorpus.workflows.views.rounds import all_rounds, round_record, round_view


def join_draw(round_id: str) -> AnyResponse:
    """Enter a draw with the kinds of work that were ticked."""
    join_round(
        current_store(),
        current_actor(),
        round_id,
        nonce=request.form.get("nonce", ""),
        bands=request.form.getlist("band"),
        styles=request.form.getlist("style"),
        now=now(),
    )
    return redirect(f"/home#round-{round_id}", 303)


def take_offered(offer_id: str) -> AnyResponse:
    """Take the task that was offered and go to its recorder."""
    claim_id = accept_offer(current_store(), current_actor(), offer_id, now=now())
    return redirect(f"/record/{claim_id}", 303)


def leave_offered(offer_id: str) -> AnyResponse:
    """Let the task go to the next in rank."""
    decline_offer(current_store(), current_actor(), offer_id, now=now())
    return redirect("/home", 303)


def every_round() -> str:
    """List every round there was: what was wanted, what was given out, why one was called off."""
    return render_template("rounds.html", rounds=all_rounds(current_store()))


def show_round(round_id: str) -> str:
    """Show one round to everybody; whoever is signed in finds their own ticket."""
    signed = current_sign_in()
    view = round_view(current_store(), signed.actor if signed else None, round_id)
    return render_template("round.html", view=view)


def round_file(round_id: str) -> Response:
    """Give the record of a round as a file that anybody can check."""
    response = jsonify(round_record(current_store(), round_id))
    response.headers["Content-Disposition"] = f'attachment; filename="round-{round_id}.json"'
    return response
