"""Routes of a held task: its lease, its prompts, its partner, and the call with them."""

from recorder_web.declared.api_call import CONSENT, call
from recorder_web.declared.api_shapes import CALL, MESSAGE
from recorder_web.declared.shapes import ANY, BOOLEAN, INTEGER, NUMBER, STRING, TIME, array, obj, one_of
from speechcorpus.workflows.call_messages import KINDS

CLAIMS = (
    call(
        "POST",
        "/claims/<uuid:claim_id>/heartbeat",
        "claim",
        body=obj(fence=INTEGER),
        answer=obj(lease_until=TIME),
        codes=("claim.edge", "claim.expired"),
    ),
    call("GET", "/claims/<uuid:claim_id>/partner", "dialogue claim", answer=ANY),
    call(
        "PUT",
        "/claims/<uuid:claim_id>/prompts/<prompt_id>/skip",
        "claim",
        body=obj("words", reason=STRING, words=STRING.or_null()),
        answer=obj(skipped=BOOLEAN),
        statuses=(200, 201),
        codes=("claim.edge",),
    ),
    call(
        "DELETE",
        "/claims/<uuid:claim_id>/prompts/<prompt_id>/skip",
        "claim",
        answer=obj(skipped=BOOLEAN),
        codes=("claim.edge",),
    ),
)
CALLS = (
    call(
        "GET",
        "/claims/<uuid:claim_id>/call",
        "dialogue claim",
        answer=CALL,
        codes=("call.not-two-devices", *CONSENT, "partner.consent"),
    ),
    call(
        "GET",
        "/calls/<uuid:call_id>/messages",
        "call",
        answer=obj(messages=array(MESSAGE), other_seen_s=NUMBER.or_null()),
        codes=("request.field", *CONSENT, "partner.consent"),
    ),
    call(
        "POST",
        "/calls/<uuid:call_id>/messages",
        "call",
        body=obj(kind=one_of(*KINDS), body=STRING),
        answer=obj(n=INTEGER),
        statuses=(201,),
        codes=("quota.messages", *CONSENT, "partner.consent"),
    ),
)
