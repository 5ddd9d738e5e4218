"""What holders of a corpus are told about withdrawals: the feed as a page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.store.store import Store
from speechcorpus.workflows.withdrawal_feed import feed_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """The cumulative withdrawals of one corpus, newest first."""

    rows: Sequence[Mapping[str, object]]

    @property
    def last(self) -> int:
        """Number of the newest one; 0 for none."""
        return max((int(str(row["seq"])) for row in self.rows), default=0)

    @property
    def speakers(self) -> int:
        """How many voices left whole."""
        return sum("speaker_id" in row for row in self.rows)

    @property
    def clips(self) -> int:
        """How many single clips left."""
        return sum("utt_id" in row for row in self.rows)


def notices_of(store: Store, corpus: str) -> Notices:
    """Return what was withdrawn from a corpus."""
    with store.catalogue.read() as session:
        rows = [row for row in feed_rows(session, corpus) if "speaker_id" in row or "utt_id" in row]
    return Notices(rows=sorted(rows, key=lambda row: int(str(row["seq"])), reverse=True))
