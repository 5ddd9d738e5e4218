"""The queue: what waits for a listener, worst first, how long already, and what to look at only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import render_template, request

from recorder_web.context import current_messages, current_store, now
from recorder_web.pages import ZONE
from recorder_web.security import current_actor
from recorder_web.sentences import finding_sentence
from speechcorpus.workflows.views.queue import MyDay, QueueRow, my_day, queue_view

ONE = ("severity", "family", "band", "variety", "source")  # a row has one of each
MANY = ("codes", "groups")  # a row has as many as it has findings
SEVERITIES = ("blocks", "fix", "flag", "none")
STEP_H = 6
BARS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How many items have waited how long, in steps of six hours; the last bar is all that waited longer."""

    bars: tuple[int, ...]
    promised_h: int

    @property
    def highest(self) -> int:
        """The most items in one step, 1 or more."""
        return max(*self.bars, 1)


def queue() -> str:
    """Show what waits for a listener, worst first, then longest waiting."""
    store, actor = current_store(), current_actor()
    rows = queue_view(store, actor, now=now())
    wanted = {name: frozenset(request.args.getlist(name)) for name in (*ONE, *MANY)}
    shown = [row for row in rows if all(_fits(row, name, some) for name, some in wanted.items())]
    return render_template(
        "staff/queue.html",
        rows=shown,
        total=len(rows),
        counts=_counts(rows),
        wanted=wanted,
        longest=max(rows, key=lambda row: row.waited, default=None),
        severities=SEVERITIES,
        waits=_waits(rows),
        minutes=_minutes(rows, today := my_day(store, actor, since=_midnight(now()))),
        today=today,
        say=_say,
    )


def _fits(row: QueueRow, name: str, some: frozenset[str]) -> bool:
    if not some:
        return True
    has = getattr(row, name)
    return bool(some & has) if name in MANY else has in some


def _counts(rows: Sequence[QueueRow]) -> dict[str, Counter[str]]:
    counts = {name: Counter(getattr(row, name) for row in rows) for name in ONE}
    return counts | {name: Counter(each for row in rows for each in getattr(row, name)) for name in MANY}


def _waits(rows: Sequence[QueueRow]) -> Waits:
    steps = Counter(min(int(row.waited.total_seconds() // (3600 * STEP_H)), BARS - 1) for row in rows)
    promised = min((row.promised.total_seconds() for row in rows), default=0)
    return Waits(bars=tuple(steps[step] for step in range(BARS)), promised_h=int(promised // 3600))


def _minutes(rows: Sequence[QueueRow], today: MyDay) -> int:
    """Return about how long all of it takes: as today goes, else twice its length."""
    each_s = [today.median_s or 2 * row.duration_s for row in rows]
    return max(1, round(sum(each_s) / 60))


def _midnight(moment: datetime) -> datetime:
    local = moment.astimezone(ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _say(row: QueueRow) -> str:
    messages = current_messages()
    if row.finding is None:
        return messages.t("queue.sampled")
    return finding_sentence(row.finding, locale=messages.locale, rate_hz=row.rate_hz, messages=messages)
