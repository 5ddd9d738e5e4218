"""The edges of tasks, claims, item lines and reviews: `fair-work.md` §5, all others are refused."""

from speechcorpus.domain.edges import Edges

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
