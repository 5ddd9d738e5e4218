"""Failure 4: the network cuts, delays, doubles and forgets: what arrives is what was said, once."""

from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import select

from speechcorpus.store.models import Chunk, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.checkup import check_store
from tests.rig.noise import Codes
from tests.rig.sitting import Sitting
from tests.stage import keep_consent_text

pytestmark = pytest.mark.journey

FAULTS = 45


def files_without_a_row(store: Store) -> int:
    """Count received files that no row of the catalogue names."""
    with store.catalogue.read() as session:
        rows = {tuple(row) for row in session.execute(select(Chunk.take_id, Chunk.index, Chunk.sha256))}
    takes = store.incoming.take_ids()
    files = [file for take in takes for file in (store.incoming.root / take).iterdir()]
    named = [store.incoming.path_of(*row) for row in rows]
    return len(set(files) - set(named))


def test_forty_five_faults_of_the_network_change_nothing(
    sitting: Sitting, record_property: Callable[[str, object], None]
) -> None:
    recorder, network, store = sitting.recorder, sitting.network, sitting.studio.store
    keep_consent_text(store)
    recorder.nothing_waits()
    network.plan(FAULTS, seed=4)
    spoken: list[str] = []
    while network.left > 0:
        for _ in range(3):  # they pile up while the network gets in the way
            recorder.record(5)
            spoken.append(recorder.current_take())
        recorder.nothing_waits(timeout_s=120)
    kept: dict[str, Codes] = {take: recorder.local(take).codes for take in spoken}

    assert network.made.total() == FAULTS
    for take, codes in kept.items():
        assert sitting.studio.is_unbroken(codes)
        assert np.array_equal(sitting.studio.master(take), codes)
    assert check_store(store) == ()
    assert files_without_a_row(store) == 0
    with store.catalogue.read() as session:
        states = session.execute(select(Take.id, Take.state)).all()
    assert {state for take, state in states if take in kept} == {"stored"}
    made = ", ".join(f"{count} {kind}" for kind, count in sorted(network.made.items()))
    record_property("measured", f"{FAULTS} faults ({made}): {len(kept)} takes identical, 0 orphans")
