"""The contributor's side of the house: from the invite link to handing work in."""

from flask import Blueprint

from recorder_web.contributor import (
    checking,
    connecting,
    consenting,
    home,
    joining,
    partnering,
    recording,
    second,
    work,
)

blueprint = Blueprint("contributor", __name__)

for rule, view, methods in (
    ("/", joining.welcome, ("GET",)),
    ("/connect", connecting.connect, ("GET",)),
    ("/connect/speechcorpus-ca.crt", connecting.authority, ("GET",)),
    ("/join", joining.join, ("GET",)),
    ("/join/exchange", joining.exchange, ("POST",)),
    ("/sign-out", joining.leave, ("POST",)),
    ("/consent", consenting.consent, ("GET",)),
    ("/consent", consenting.give, ("POST",)),
    ("/home", home.home, ("GET",)),
    ("/tasks/<task_id>/claim", home.claim, ("POST",)),
    ("/claims/<claim_id>/return", home.give_back, ("POST",)),
    ("/claims/<claim_id>/partner", partnering.seat, ("GET",)),
    ("/claims/<claim_id>/partner", partnering.invite, ("POST",)),
    ("/partner/<token>", partnering.invitation, ("GET",)),
    ("/partner/<token>", partnering.agree, ("POST",)),
    ("/partners/<partner_id>/end", partnering.end, ("POST",)),
    ("/check", checking.check_latest, ("GET",)),
    ("/check/<claim_id>", checking.check, ("GET",)),
    ("/record", recording.record_latest, ("GET",)),
    ("/record/<claim_id>", recording.record, ("GET",)),
    ("/transcribe", recording.transcribe_latest, ("GET",)),
    ("/transcribe/<claim_id>", recording.transcribe, ("GET",)),
    ("/second", second.seconds, ("GET",)),
    ("/second/<second_id>", second.write_second_text, ("GET",)),
    ("/second/<second_id>", second.hand_in_second_text, ("POST",)),
    ("/second/<second_id>/take", second.take_second_text, ("POST",)),
    ("/second/<second_id>/audio", second.second_text_audio, ("GET",)),
    ("/work", work.work, ("GET",)),
    ("/claims/<claim_id>/submit", work.submit, ("POST",)),
):
    blueprint.add_url_rule(rule, view_func=view, methods=methods)
