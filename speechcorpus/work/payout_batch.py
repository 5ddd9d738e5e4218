"""The batch of a payout as a document: its hash is what a second person approves, its bytes are sent."""

import hashlib
from collections.abc import Mapping
from typing import Final

from speechcorpus.domain.canonical import canonical_json

SCHEMA: Final = "speechcorpus-payout/1"


def batch_document(
    *, payout: str, attempt: int, project: str, currency: str, exponent: int, amounts: Mapping[str, int]
) -> bytes:
    """Return the canonical bytes of a batch: the same payments give the same bytes.

    Parameters
    ----------
    payout : its id; with `attempt` what a bank keeps a payment from being made twice by
    amounts : minor units for each contributor's id

    Examples
    --------
    >>> once = batch_document(
    ...     payout="p", attempt=1, project="x", currency="TWD", exponent=2, amounts={"b": 5, "a": 7})
    >>> again = batch_document(
    ...     payout="p", attempt=1, project="x", currency="TWD", exponent=2, amounts={"a": 7, "b": 5})
    >>> once == again, batch_sha256(once)[:8]
    (True, '9b41b15d')
    """
    return canonical_json(
        {
            "schema": SCHEMA,
            "payout": payout,
            "attempt": attempt,
            "project": project,
            "currency": currency,
            "exponent": exponent,
            "payments": [{"payee": payee, "amount_minor": minor} for payee, minor in sorted(amounts.items())],
            "total_minor": sum(amounts.values()),
        }
    )


def batch_sha256(document: bytes) -> str:
    """Return the name of a batch, 64 hex digits."""
    return hashlib.sha256(document).hexdigest()
