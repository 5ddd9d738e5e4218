"""How often our live meter disagreed with the samples: a figure for operators."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import TakeClaim

ALARM_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFigure:
    """Takes whose meter could be compared, and those where it was more than 0.3 dB off.

    Examples
    --------
    >>> MeterFigure(compared=412, off=3).alarms, MeterFigure(compared=412, off=5).alarms
    (False, True)
    """

    compared: int
    off: int

    @property
    def share(self) -> float:
        """Share of the takes that are off, 0 where none was compared."""
        return self.off / self.compared if self.compared else 0.0

    @property
    def alarms(self) -> bool:
        """Whether it is more than one take in a hundred."""
        return self.share > ALARM_SHARE


def meter_figure(session: Session) -> MeterFigure:
    """Return the figure over all takes."""
    counted = (
        select(TakeClaim.says, func.count().label("n"))
        .where(TakeClaim.row == "meter")
        .group_by(TakeClaim.says)
    )
    counts = {row.says: row.n for row in session.execute(counted)}
    off = counts.get("ours", 0)
    return MeterFigure(compared=off + counts.get("agrees", 0), off=off)
