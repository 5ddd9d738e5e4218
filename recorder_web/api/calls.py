"""Routes of calls: the two people of a dialogue on two devices find each other through them."""

from uuid import UUID

from flask import Response, jsonify, request

from recorder_web.api.bodies import json_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_settings, current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from speechcorpus.record.form import Form
from speechcorpus.workflows.call_messages import KINDS, HeardMessage, hear, say
from speechcorpus.workflows.calls import join_call
from speechcorpus.workflows.turn import ice_servers


@blueprint.get("/claims/<uuid:claim_id>/call")
def get_call(claim_id: UUID) -> Response:
    """Give the call of my dialogue, and by which servers the two of us may find each other."""
    call = join_call(current_store(), current_actor(), str(claim_id), now=now())
    servers = current_settings().call_servers
    answer = jsonify(
        {
            "call": call.call_id,
            "seat": call.seat,
            "other": call.other,
            "ice_servers": ice_servers(servers, call.call_id, now=now()),
            "relay": servers is not None and servers.relay,
            "state": call.state,
            "newest": call.newest,
        }
    )
    answer.cache_control.no_store = True  # it holds a password
    return answer


@blueprint.get("/calls/<uuid:call_id>/messages")
def get_messages(call_id: UUID) -> Response:
    """Give the messages of my call after a number, and say when the other one's page last asked."""
    after = whole_number(request.args.get("after", "0"), "after")
    heard = hear(current_store(), current_actor(), str(call_id), after=after, now=now())
    messages = [_message(each) for each in heard.messages]
    return jsonify({"messages": messages, "other_seen_s": heard.other_seen_s})


@blueprint.post("/calls/<uuid:call_id>/messages")
def post_message(call_id: UUID) -> tuple[Response, int]:
    """Leave a message for the other one."""
    form = Form(json_body(), where="", code="request.field", keys=("kind", "body"))
    kind, body = form.one_of("kind", KINDS), form.string("body")
    number = say(current_store(), current_actor(), str(call_id), kind, body, now=now())
    return jsonify({"n": number}), 201


def _message(message: HeardMessage) -> dict[str, object]:
    return {
        "n": message.number,
        "from_me": message.from_me,
        "kind": message.kind,
        "body": message.body,
    }
