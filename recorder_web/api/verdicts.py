"""Items as the browser's chips and the editor read them."""

from recorder_web.context import current_messages
from recorder_web.verdict_json import verdict_json
from speechcorpus.workflows.chips import ItemView


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
