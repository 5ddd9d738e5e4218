"""A room whose loudness is known: steps of noise for the microphone, and a calibration of it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
from playwright.sync_api import Page

from speechcorpus.noise.calibration import Calibration
from speechcorpus.store.models import Calibration as CalibrationRow
from speechcorpus.store.models import Contributor
from speechcorpus.workflows.calibration_rows import record_of
from tests.rig.noise import RATE_HZ, Codes
from tests.rig.place import Place

OFFSET_DB = 93.0
AT_0_DBFS_DB = 1.3  # white noise at this rate is so much quieter with the A-weighting
LABELS = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const devices = await navigator.mediaDevices.enumerateDevices();
  stream.getTracks().forEach((track) => track.stop());
  return devices.filter(({ kind }) => kind === "audioinput").map(({ label }) => label);
}"""


def steps(*parts: tuple[float, float], seed: int = 3) -> Codes:
    """Return white noise in steps of (seconds, dB(A)) as the calibrated microphone reads them."""
    return np.concatenate([_noise(seconds, level, seed + n) for n, (seconds, level) in enumerate(parts)])


def _noise(seconds: float, level_dba: float, seed: int) -> Codes:
    rms = 10 ** ((level_dba - OFFSET_DB + AT_0_DBFS_DB) / 20)
    samples = np.random.default_rng(seed).normal(0, rms, round(seconds * RATE_HZ))
    return np.clip(np.round(samples * 32767), -32768, 32767).astype(np.int16)


def calibrate(place: Place, page: Page, *, os: str = "Linux", browser: str = "Chrome") -> None:
    """Keep a calibration, made just now, of every microphone this browser has; the page is loaded anew."""
    now = datetime.now(UTC)
    labels: Sequence[str] = page.evaluate(LABELS)
    with place.store.catalogue.write() as session:
        salt = session.get_one(Contributor, place.actor.id).pseudonym
        for label in labels:
            made = Calibration(
                id=str(uuid4()),
                offset_db=OFFSET_DB,
                u_db=2.0,
                method="calibrator",
                takes=1,
                rate_hz=RATE_HZ,
                device_label_sha256=hashlib.sha256(f"{salt}\n{label}".encode()).hexdigest(),
                os=os,
                browser=browser,
            )
            row = CalibrationRow(id=made.id, contributor_id=place.actor.id, record=record_of(made))
            row.created_at, row.expires_at = now, now + timedelta(days=30)
            session.add(row)
    page.reload()
