"""What a piece of work asks and pays under its terms, and how long it takes."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from speechcorpus.domain.terms import BandTerms, PriceTerms, Terms
from speechcorpus.work.working_time import HourlyRate, hourly_rate
from speechcorpus.workflows.working_time import ProjectTimings, timings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a piece of work asks and pays under its terms; amounts are None where it pays by the minute."""

    terms_version: str
    band: BandTerms
    calibration: str
    counted: bool  # only browsers that count every sample may record it
    price: PriceTerms
    per_item_minor: int | None
    total_minor: int | None
    rate: HourlyRate  # what an hour of it comes to, and what that rests on
    estimate_min: Decimal  # of the whole, for half of the people
    start_h: int
    work_h: int

    @property
    def slow_min(self) -> Decimal | None:
        """How long the whole takes on a slow day, as it was measured; None where nobody knows."""
        items = None if not self.per_item_minor else (self.total_minor or 0) // self.per_item_minor
        return None if self.rate.p90_min is None or items is None else self.rate.p90_min * items

    @property
    def hourly_minor(self) -> int | None:
        """What half of the people earn an hour at least; None where nobody knows."""
        return self.rate.hourly_minor


def worth(terms: Terms, band: str, items: int, rate: HourlyRate | None = None) -> Worth:
    """Return what work of this size is worth under these terms.

    The minutes are what the project declares, an estimate until claims have been measured.
    """
    price = terms.price
    by_item = price.record.unit == price.transcribe.unit == "item"
    per_item = price.record.minor + price.transcribe.minor
    rate = rate or hourly_rate(price, (), ())
    return Worth(
        terms_version=terms.project.version,
        band=terms.band(band),
        calibration=terms.task.capture.calibration,
        counted=terms.task.capture.path == "mstp",
        price=price,
        per_item_minor=per_item if by_item else None,
        total_minor=per_item * items if by_item else None,
        rate=rate,
        estimate_min=(rate.p50_min or price.estimate_min_per_item) * items,
        start_h=terms.draw.claim.start_h,
        work_h=terms.draw.claim.work_h,
    )


class Timings:
    """How long the work of projects takes, looked up once for each project of a page."""

    def __init__(self, session: Session) -> None:
        self._session, self._known = session, dict[str, ProjectTimings]()

    def worth(self, terms: Terms, style: str, band: str, items: int) -> Worth:
        """Return what work of this size is worth, as far as it was measured."""
        project_id = terms.project.id
        if project_id not in self._known:
            self._known[project_id] = timings_of(self._session, project_id)
        return worth(terms, band, items, self._known[project_id].rate(terms, style, band))
