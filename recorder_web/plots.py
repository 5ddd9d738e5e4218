"""Plots as numbers for an SVG that the server draws: no script, no style, the same in every browser."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1000, 300
NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One quantity, a value a day."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsPlot:
    """Areas under steps, in a box of WIDTH by HEIGHT; the first one lies behind the others."""

    top: float  # the value at the upper edge
    areas: Sequence[tuple[str, str]]  # name, path


def steps_plot(series: Sequence[Series]) -> StepsPlot:
    """Return the areas under some series of equal length, one step a value.

    Examples
    --------
    >>> plot = steps_plot([Series(name="paid", values=[0, 50])])
    >>> plot.top, plot.areas[0][1]
    (50.0, 'M0 300V300.0H500.0V0.0H1000.0V300Z')
    """
    top = nice_top(max((value for each in series for value in each.values), default=0))
    return StepsPlot(top=top, areas=[(each.name, _area(each.values, top)) for each in series])


def _area(values: Sequence[float], top: float) -> str:
    steps = [
        f"V{HEIGHT - HEIGHT * value / top:.1f}H{WIDTH * (number + 1) / len(values):.1f}"
        for number, value in enumerate(values)
    ]
    return f"M0 {HEIGHT}{''.join(steps)}V{HEIGHT}Z"


def nice_top(most: float) -> float:
    """Return a round number that is at least `most`, for the upper edge of a plot; 1 for nothing.

    Examples
    --------
    >>> nice_top(0), nice_top(31), nice_top(1_659_200)
    (1.0, 50.0, 2000000.0)
    """
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in NICE if step * power >= most)
