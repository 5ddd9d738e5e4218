"""The edges of all work, as `fair-work.md` §5 lists them: whatever is not listed is refused."""

from speechcorpus.domain.edges import Edges

ROUND = Edges(
    of="round",
    edges={
        ("announced", "open"): "open",  # by the clock, as the next three
        ("open", "close"): "closed",
        ("closed", "draw"): "drawn",
        ("drawn", "settle"): "settled",
        ("announced", "cancel"): "cancelled",
        ("open", "cancel"): "cancelled",
    },
)

OFFER = Edges(
    of="offer",
    edges={("open", "take"): "taken", ("open", "pass"): "passed"},  # passed: to the next in rank
)

TASK = Edges(
    of="task",
    edges={
        ("open", "claim"): "claimed",
        ("claimed", "return"): "open",  # returned, or expired with nothing stored
        ("claimed", "hand-in"): "submitted",
        ("submitted", "accept"): "accepted",  # nothing flagged or sampled
        ("submitted", "review"): "in_review",
        ("in_review", "fix"): "claimed",  # the claim is active again, for 48 h or more
        ("in_review", "accept"): "accepted",  # one line or more
        ("in_review", "reject"): "rejected",  # none
        ("rejected", "overturn"): "accepted",
        ("open", "void"): "void",
        ("claimed", "void"): "void",
    },
)

CLAIM = Edges(
    of="claim",
    edges={
        ("active", "hand-in"): "submitted",
        ("active", "return"): "released",
        ("active", "expire"): "expired",
        ("submitted", "fix"): "active",
    },
)

ITEM_LINE = Edges(
    of="item",
    edges={
        ("pending", "accept"): "accepted",
        ("pending", "refuse"): "refused",
        ("pending", "void"): "void",
        ("refused", "overturn"): "accepted",
    },
)

REVIEW = Edges(
    of="review",
    edges={
        ("queued", "take"): "assigned",
        ("assigned", "decide"): "decided",
        ("assigned", "let-go"): "queued",  # 30 min lease, fenced
        ("queued", "lapse"): "lapsed",
        ("assigned", "lapse"): "lapsed",
    },
)

PAYOUT = Edges(
    of="payout",
    edges={
        ("proposed", "approve"): "approved",  # by a second person
        ("proposed", "cancel"): "cancelled",
        ("approved", "send"): "sent",
        ("sent", "settle"): "settled",
        ("sent", "fail"): "failed",
        ("failed", "propose"): "proposed",
    },
)

PAYMENT = Edges(
    of="payment",
    edges={
        ("pending", "settle"): "settled",
        ("pending", "fail"): "failed",
        ("failed", "propose"): "pending",
    },
)

APPEAL = Edges(
    of="appeal",
    edges={
        ("open", "uphold"): "upheld",  # the refusal stands, its money goes back to the budget
        ("open", "overturn"): "overturned",
        ("open", "expire"): "expired",  # nobody answered in time: paid
    },
)
