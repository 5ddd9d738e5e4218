"""Items as the browser's chips and the editor read them."""

from recorder_web.context import current_messages
from recorder_web.i18n import Messages
from recorder_web.verdict_json import verdict_json
from speechcorpus.workflows.chips import ItemView
from speechcorpus.workflows.views.believed import BelievedRow, Side


def item_json(item: ItemView) -> dict[str, object]:
    """Return one item of a take, its verdict in the language of this request."""
    return {
        "segment": item.segment_id,
        "prompt_id": item.prompt_id,
        "chosen": item.chosen,
        "measured": item.measured,
        "noise_laeq_dbfs": item.noise_laeq_dbfs,
        "noise_laeq_dba": item.noise_laeq_dba,
        "duration_s": item.duration_s,
        "verdict": verdict_json(item.verdict, rate_hz=item.rate_hz, messages=current_messages()),
    }


def believed_json(row: BelievedRow) -> dict[str, object]:
    """Return one claim that the samples do not bear out, and what it means for its speaker."""
    messages = current_messages()
    key = f"believed.say.{row.says}"
    return {
        "row": row.row,
        "says": row.says,
        "code": row.code,
        "claimed": side_text(row.claimed, messages),
        "measured": side_text(row.measured, messages),
        "key": key,
        "sentence": messages.t(key),
    }


def side_text(side: Side, messages: Messages) -> str:
    """Return one side of a claim in a language."""
    words = [messages.t(f"believed.state.{state}") for state in side.states]
    return " ".join([side.figures, *words]).strip()
