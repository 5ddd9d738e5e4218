"""The house's side: review, and looking after a project; its own cookie, its own rules."""

from flask import Blueprint

from recorder_web.staff import held, joining, project, review, settling

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

for rule, view, methods in (
    ("/join", joining.join, ("GET",)),
    ("/join/exchange", joining.exchange, ("POST",)),
    ("/sign-out", joining.leave, ("POST",)),
    ("/queue", review.queue, ("GET",)),
    ("/review/<review_id>", review.inspect, ("GET",)),
    ("/review/<review_id>/take", review.take, ("POST",)),
    ("/review/<review_id>/decide", review.decide, ("POST",)),
    ("/review/<review_id>/audio", review.audio, ("GET",)),
    ("/settle", settling.settlements, ("GET",)),
    ("/settle/<settlement_id>", settling.show_texts, ("GET",)),
    ("/settle/<settlement_id>/take", settling.take_texts, ("POST",)),
    ("/settle/<settlement_id>/decide", settling.settle_texts, ("POST",)),
    ("/settle/<settlement_id>/audio", settling.texts_audio, ("GET",)),
    ("/agreement", settling.agreement, ("GET",)),
    ("/agreement/share", settling.share, ("POST",)),
    ("/project", project.overview, ("GET",)),
    ("/project/held/<take_id>", held.decide_held, ("POST",)),
    ("/project/contributors", project.invite_new_contributor, ("POST",)),
    ("/project/contributors/<contributor_id>/invite", project.invite_again, ("POST",)),
    ("/project/staff", project.invite_new_staff, ("POST",)),
):
    blueprint.add_url_rule(rule, view_func=view, methods=methods)
