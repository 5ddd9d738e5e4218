"""The lines of the accuracy table: what is asked of the noise level, and the bars."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.mixes import STATIONARY, Mix
from speechcorpus.dsp.arrays import BoolArray, FloatArray
from speechcorpus.noise.band import DEFAULT_BANDS, judge_level
from speechcorpus.noise.calibration import U_DB, expanded_uncertainty_db

F1_FROM_SNR_DB = 5.0  # below, half of the speech cannot be heard, and nobody could label it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one way of measuring says about one mix; `se_db` is None if it does not know how sure it is."""

    mix: Mix
    level_dbfs: float
    se_db: float | None
    speech: BoolArray | None = None

    @property
    def off_db(self) -> float:
        """Estimate less truth."""
        return self.level_dbfs - self.mix.truth_dbfs


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One line of the table: a number over some answers, and its bar."""

    name: str
    value: Callable[[Sequence[Answer]], float | None]
    bar: float
    bar_second: float
    at_least: bool = False

    def holds(self, value: float | None, *, second: bool = False) -> bool:
        """Return whether the bar is met; what could not be asked is not missed."""
        bar = self.bar_second if second else self.bar
        return value is None or (value >= bar if self.at_least else value <= bar)


def qualities() -> tuple[Quality, ...]:
    """The lines of the table (`webrtc` bars, then those of `silero-second`)."""
    general = _of(lambda mix: mix.plan.group == "general")
    steady = _of(lambda mix: mix.plan.group == "general" and mix.plan.noise in STATIONARY)
    edge = _of(lambda mix: mix.plan.group == "edge")
    middle = _of(lambda mix: mix.plan.group == "general" and 10 <= mix.plan.snr_db <= 20)
    quiet = _of(lambda mix: mix.plan.group == "general" and mix.plan.snr_db >= 30)
    fair = _of(lambda mix: mix.plan.group != "tight")
    tight = _of(lambda mix: mix.plan.group == "tight")
    return (
        Quality(name="stationary noise, p95, dB", value=steady(_p95), bar=1.0, bar_second=0.5),
        Quality(name="all noise, mean error, dB", value=general(_mean), bar=1.1, bar_second=0.9),
        Quality(name="all noise, p95, dB", value=general(_p95), bar=3.5, bar_second=3.0),
        Quality(name="near an edge, mean error, dB", value=edge(_mean), bar=0.65, bar_second=0.45),
        Quality(name="SNR 10 to 20 dB, mean error, dB", value=middle(_mean), bar=1.0, bar_second=0.8),
        Quality(name="SNR 30 dB and more, mean error, dB", value=quiet(_mean), bar=2.0, bar_second=1.5),
        Quality(name="error within U, %", value=fair(_covered), bar=95, bar_second=95, at_least=True),
        Quality(name="wrong `outside` verdicts", value=fair(_wrong("outside")), bar=0, bar_second=0),
        Quality(name="voice labels, F1", value=fair(_f1), bar=0.88, bar_second=0.93, at_least=True),
        # for information: no bar
        Quality(name="wrong `inside` verdicts", value=fair(_wrong("inside")), bar=np.inf, bar_second=np.inf),
        Quality(name="mean U, dB", value=fair(_mean_u), bar=np.inf, bar_second=np.inf),
        Quality(name="cut tight: mean error, dB", value=tight(_mean), bar=np.inf, bar_second=np.inf),
        Quality(name="cut tight: error within U, %", value=tight(_covered), bar=np.inf, bar_second=np.inf),
    )  # fmt: skip


def _of(
    chosen: Callable[[Mix], bool],
) -> Callable[[Callable[[Sequence[Answer]], float | None]], Callable[[Sequence[Answer]], float | None]]:
    def of(number: Callable[[Sequence[Answer]], float | None]) -> Callable[[Sequence[Answer]], float | None]:
        def value(answers: Sequence[Answer]) -> float | None:
            some = [answer for answer in answers if chosen(answer.mix)]
            return number(some) if some else None

        return value

    return of


def _errors_db(answers: Sequence[Answer]) -> FloatArray:
    return np.abs([answer.off_db for answer in answers])


def _mean(answers: Sequence[Answer]) -> float:
    return float(np.mean(_errors_db(answers)))


def _p95(answers: Sequence[Answer]) -> float:
    return float(np.percentile(_errors_db(answers), 95))


def _covered(answers: Sequence[Answer]) -> float | None:
    """Share with an error within the estimator's own `U`; the imagined calibration is exact."""
    sure = [abs(a.off_db) <= 2 * a.se_db for a in answers if a.se_db is not None]
    return 100 * float(np.mean(sure)) if sure else None


def _mean_u(answers: Sequence[Answer]) -> float | None:
    known = [2 * a.se_db for a in answers if a.se_db is not None]
    return float(np.mean(known)) if known else None


def _wrong(status: str) -> Callable[[Sequence[Answer]], float | None]:
    """Clips that the truth puts into the band asked for but the verdict outside, or the reverse."""

    def count(answers: Sequence[Answer]) -> float | None:
        if any(answer.se_db is None for answer in answers):
            return None
        return float(sum(_says_wrongly(status, answer) for answer in answers))

    return count


def _says_wrongly(status: str, answer: Answer) -> int:
    level_dba = answer.level_dbfs + answer.mix.offset_db
    u_db = expanded_uncertainty_db(calibration_u_db=U_DB["calibrator"], noise_se_db=answer.se_db or 0.0)
    asked = [band for band in DEFAULT_BANDS.bands if (answer.mix.truth_dba in band) == (status == "outside")]
    verdicts = [judge_level(level_dba, DEFAULT_BANDS, required=band, uncertainty_db=u_db) for band in asked]
    return sum(verdict.status == status for verdict in verdicts)


def _f1(answers: Sequence[Answer]) -> float | None:
    heard = said = both = 0
    for answer in answers:
        if answer.speech is not None and answer.mix.plan.snr_db >= F1_FROM_SNR_DB:
            labels = fitted(answer.mix.speaks, answer.speech.size)
            heard, said = heard + int(answer.speech.sum()), said + int(labels.sum())
            both += int((answer.speech & labels).sum())
    return 2 * both / (heard + said) if heard else None


def fitted(hops: BoolArray, size: int) -> BoolArray:
    """Return labels cut or filled with silence to a number of hops."""
    return np.pad(hops[:size], (0, max(0, size - hops.size)))
