"""The one evaluator: what the contributor sees before handing in, QC sees, and anyone can compute again."""

from collections.abc import Sequence
from dataclasses import replace

from speechcorpus.domain.canonical import sha256_of
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.finding_codes import CODES, LIST_VERSION
from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.plain import to_plain
from speechcorpus.domain.terms import BandTerms, Terms
from speechcorpus.domain.transcript import Violation
from speechcorpus.domain.verdict import Verdict, worst_outcome
from speechcorpus.noise.band import Band, Bands
from speechcorpus.qc.calibrated import calibrated
from speechcorpus.qc.facts import Facts, PromptFacts
from speechcorpus.qc.findings import findings_of
from speechcorpus.qc.measure import ANALYSER_VERSION, DEFAULT_SETTINGS

__all__ = ["EVALUATOR", "Facts", "PromptFacts", "bands_of", "judge"]

JUDGE_VERSION = "1.4.0"
"""Raised with any change of a verdict."""

SETTINGS_SHA256 = sha256_of(
    {
        "analyser": ANALYSER_VERSION,
        "measure": DEFAULT_SETTINGS.sha256,
        "list_version": LIST_VERSION,
        "codes": [to_plain(code) for code in CODES.values()],
    }
)
EVALUATOR: str = f"speechcorpus@{JUDGE_VERSION}+{SETTINGS_SHA256[:16]}"
"""`name@version+settings-hash`: frozen with every claim."""


def judge(
    measurement: Measurement, facts: Facts, violations: Sequence[Violation] | None, terms: Terms
) -> Verdict:
    """Return what this item comes to: the worst severity among its findings (V1).

    Same bytes, same facts, same terms, same evaluator give the same canonical JSON, in whatever order the
    violations arrive.

    Parameters
    ----------
    measurement : uncalibrated record of the item audio; calibration, bands and room tone are applied here
    violations : of the transcript; None while there is none, so nothing is said about it

    Raises
    ------
    SignalError : `judge.unmeasured` for a row without measurement, `judge.other-analyser` for a row that
        this evaluator would not have measured like that
    TermsError : `terms.no-band` for a band that the terms do not have
    """
    _require_own(measurement)
    row = calibrated(
        measurement,
        calibration=facts.calibration,
        bands=bands_of(terms),
        required_band=terms.band(facts.band).name,
        room_tone=facts.room_tone,
    )
    terms_sha256 = terms.sha256
    findings = tuple(
        replace(finding, evaluator=EVALUATOR, terms_sha256=terms_sha256)
        for finding in findings_of(row, facts, violations or (), terms, own=measurement)
    )
    return Verdict(
        outcome=worst_outcome(findings), findings=findings, evaluator=EVALUATOR, terms_sha256=terms_sha256
    )


def bands_of(terms: Terms) -> Bands:
    """Return the bands of the terms as the noise room knows them, in dB(A)."""
    return Bands(unit="dBA", bands=tuple(_band(band) for band in terms.bands))


def _band(band: BandTerms) -> Band:
    low = None if band.low is None else float(band.low)
    high = None if band.high is None else float(band.high)
    return Band(name=band.name, low=low, high=high)


def _require_own(measurement: Measurement) -> None:
    if measurement.status not in ("ok", "partial"):
        why = f"{measurement.status}: {measurement.error_code}"
        raise SignalError("judge.unmeasured", f"there is no measurement to judge ({why})", reason=why)
    made_by = (measurement.analyser_version, measurement.settings_sha256)
    if made_by != (ANALYSER_VERSION, DEFAULT_SETTINGS.sha256):
        raise SignalError("judge.other-analyser", "this row was measured by another analyser")
