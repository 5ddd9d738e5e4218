"""Whether two people hear the same thing by a code: one they do not agree on cannot refuse (V9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from speechcorpus.qc.agreement import DRAWS, Asked, agreement
from speechcorpus.transcribe.resampling import Estimate

GateState = Literal["few", "good", "watched", "barred"]

DOUBLES = 100
CANNOT_REFUSE_BELOW = (
    0.667  # of alpha's lower bound; Krippendorff, "Content Analysis", chapter 11, gives both
)
WATCHED_UP_TO = 0.80
APPEALS = 20
OVERTURNED_ABOVE = 0.20


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGate:
    """What is known about one code in one project; `few` doubles say nothing, so nothing is held against it.

    `paused`: more than a fifth of its refusals were overturned, over 20 appeals or more.
    """

    code: str
    state: GateState
    paused: bool
    doubles: int
    named: int  # of the doubles, by one reviewer or more
    contributors: int
    alpha: Estimate
    appeals: int
    overturned: int

    @property
    def may_refuse(self) -> bool:
        """True unless its agreement fails, or its appeals succeed too often."""
        return self.state != "barred" and not self.paused


def code_gate(
    code: str,
    asked: Iterable[Asked],
    *,
    appeals: int,
    overturned: int,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> CodeGate:
    """Return whether a code may refuse.

    Parameters
    ----------
    asked : for each item heard twice, blind and drawn beforehand, whether each reviewer named the code
    appeals : decided ones against refusals on this code; `overturned` of them, by a judge or by silence
    """
    listed = list(asked)
    found = agreement(listed, rng=rng, draws=draws)
    return CodeGate(
        code=code,
        state=gate_state(found.doubles, found.alpha.low),
        paused=is_overturned_too_often(appeals, overturned),
        doubles=found.doubles,
        named=found.doubles - found.both_no,
        contributors=found.contributors,
        alpha=found.alpha,
        appeals=appeals,
        overturned=overturned,
    )


def gate_state(doubles: int, alpha_low: float | None) -> GateState:
    """Return what the lower bound of alpha over so many doubles means.

    Examples
    --------
    >>> gate_state(99, 0.1), gate_state(100, 0.66), gate_state(100, 0.667), gate_state(100, 0.81)
    ('few', 'barred', 'watched', 'good')
    """
    if doubles < DOUBLES or alpha_low is None:
        return "few"
    if alpha_low < CANNOT_REFUSE_BELOW:
        return "barred"
    return "watched" if alpha_low <= WATCHED_UP_TO else "good"


def is_overturned_too_often(appeals: int, overturned: int) -> bool:
    """Say whether refusals on a code pause: more than 20 % of 20 appeals or more were overturned.

    Examples
    --------
    >>> is_overturned_too_often(20, 4), is_overturned_too_often(20, 5), is_overturned_too_often(19, 19)
    (False, True, False)
    """
    return appeals >= APPEALS and overturned > OVERTURNED_ABOVE * appeals
