"""How long the server takes to check a text as it is typed: `python -m benchmarks.checking DATA`.

DATA is a folder as `speechcorpus demo --data DATA --fill-only` fills it. Requests go through the whole
application (sign-in, pace, access, terms, rules, safe fixes, JSON) without a network. The bar is 10 ms at the
95th percentile for a segment (transcripts.md, section 12); the time of the processor is shown beside it,
because the wall clock also counts what else the machine does.
"""

import json
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from recorder_web.api.pace import Pace
from recorder_web.app import create_app
from recorder_web.settings import WebSettings
from speechcorpus.store.models import Claim, Segment
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor

SENTENCE = "彼時陣我佮阿兄2人,逐工放學就去溪邊、圳溝掠𪜶的魚仔,嘛毋知影什麼叫做危險"
LENGTHS = {"a sentence": 38, "the longest segment": 200, "a whole monologue": 2_000}
WARM, TIMES = 20, 400
BAR_MS = 10.0


def main(data: Path) -> None:
    """Print one line of JSON for each length: median, 95th percentile and largest time, in milliseconds."""
    store = open_store(data)
    client, segment, token = _signed_in(store, data)
    for name, length in LENGTHS.items():
        text = (SENTENCE * (length // len(SENTENCE) + 1))[:length]
        took = [_checked_ms(client, segment, token, text) for _ in range(WARM + TIMES)][WARM:]
        walls, cpus = zip(*took, strict=True)
        figures = {"median_ms": statistics.median(walls), "p95_ms": _p95(walls), "cpu_p95_ms": _p95(cpus)}
        rounded = {key: round(value, 2) for key, value in figures.items()}
        print(json.dumps({"text": name, "characters": len(text), **rounded, "bar_ms": BAR_MS}))
    store.catalogue.close()


def _signed_in(store: Store, data: Path) -> tuple[FlaskClient, str, str]:
    now = datetime.now(UTC)
    with store.catalogue.read() as session:
        owned = select(Segment.id, Claim.contributor_id).join(Claim, Claim.id == Segment.claim_id).limit(1)
        segment, person = session.execute(owned).one()
    signed = exchange_invite(store, invite_contributor(store, person, now=now), now=now)
    app = create_app(WebSettings(data_dir=data), store=store)
    app.extensions["speechcorpus.pace"] = Pace(per_s=1e9)
    client = app.test_client()
    client.set_cookie("sc_contributor", signed.session_token)
    return client, segment, signed.csrf_token


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _checked_ms(client: FlaskClient, segment: str, token: str, text: str) -> tuple[float, float]:
    """Return what one check took by the wall clock, and of the processor's time."""
    body = {"text": text, "sequence": 1}
    begun, worked = time.perf_counter(), time.process_time()
    answer = client.post(f"/api/v1/segments/{segment}/check", json=body, headers={"X-CSRF-Token": token})
    took = (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"the check was refused: {answer.get_json()}")
    return took


if __name__ == "__main__":
    main(Path(sys.argv[1]))
