"""What a real recorder claims is what the server finds in the samples it sent."""

import pytest
from sqlalchemy import select

from speechcorpus.store.models import TakeClaim
from speechcorpus.workflows.claims_compare import MOST_WAITS, compare_take
from speechcorpus.workflows.worker import utc_now
from tests.rig.sitting import Sitting

pytestmark = pytest.mark.journey


def test_every_claim_of_a_real_recorder_agrees_and_its_meter_shows_the_same_level(sitting: Sitting) -> None:
    sitting.recorder.record(6.2)
    take, _, _ = sitting.arrived()
    store = sitting.studio.store
    compare_take(store, take, utc_now(), waited=MOST_WAITS)  # nobody measures items here

    with store.catalogue.read() as session:
        rows = {row.row: row for row in session.scalars(select(TakeClaim).where(TakeClaim.take_id == take))}
    for name in ("bytes", "counts", "duration", "markers", "zeros", "processing", "meter"):
        assert rows[name].says == "agrees", (name, rows[name].claimed, rows[name].measured)
    assert rows["meter"].claimed["readings"] >= 4
    assert abs(float(rows["meter"].measured["off_db"])) <= 0.1
