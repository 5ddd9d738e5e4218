"""Certificates of work: what a contributor did, signed, with only what they want told; nothing is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.plain import to_plain
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Project, Task
from speechcorpus.store.store import Store
from speechcorpus.work.certificate import LONGEST_NAME, issue_certificate
from speechcorpus.work.certificate_seal import sealed
from speechcorpus.workflows.access import require_person
from speechcorpus.workflows.certificate_pdf import certificate_pdf, printable, require_printable
from speechcorpus.workflows.certificate_rows import (
    accepted_pct,
    certificate_rows,
    claims_by_end,
    claims_within,
    month_of,
)
from speechcorpus.workflows.views.ledger import statements_of

LONGEST_ISSUER = 60
MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which months, and what the holder ticked; everything is off unless they did."""

    first: str  # YYYY-MM
    last: str
    name: str = ""  # typed now, signed, not kept
    variety: bool = False
    bands: bool = False
    acceptance: bool = False
    amount: bool = False


def months_worked(session: Session, contributor_id: str) -> Sequence[str]:
    """Return the months in which a person handed something in, oldest first."""
    return sorted({month_of(end) for _, end in claims_by_end(session, contributor_id)})


def issue(store: Store, actor: Actor, wish: Wish, *, now: datetime) -> Mapping[str, Any]:
    """Sign a certificate for the contributor who asks; the same wish on the same day gives the same bytes.

    Raises
    ------
    SittingError : `certificate.period`, `certificate.nothing` for months without work,
        `certificate.name` for one too long, `certificate.characters` for one that cannot be printed,
        `certificate.currencies` for an amount in two currencies
    SpeechCorpusError : `certificate.too-long`
    """
    wish = _checked(wish)
    with store.catalogue.write() as session:
        person = require_person(session, actor)
        claims = claims_within(session, person.id, wish.first, wish.last)
        rows = certificate_rows(session, person.id, claims, varieties=wish.variety, bands=wish.bands)
        if not rows:
            raise SittingError("certificate.nothing", "nothing was handed in during these months")
        fields = {**_head(wish, now), **_chosen(session, person.id, claims, wish)}
        fields["issuer"] = _issuer(session, claims)
        fields["certificate_id"] = _id_of(person.id, {**fields, "rows": to_plain(tuple(rows))})
        document = issue_certificate(fields, rows, store.receipt_key())
        append_audit(
            session,
            actor=actor,
            action="certificate.issued",
            object=f"contributor:{person.id}",  # its id is on paper beside a name
            detail={"ticked": _ticked(wish), "from": wish.first, "to": wish.last},
            now=now,
        )
    return document


def certificate_file(store: Store, document: Mapping[str, Any]) -> bytes:
    """Return the sealed page of a certificate that was just signed, with the document inside."""
    return sealed(certificate_pdf(document), store.receipt_key())


def _checked(wish: Wish) -> Wish:
    if not all(map(MONTH.fullmatch, (wish.first, wish.last))) or wish.first > wish.last:
        raise SittingError("certificate.period", f"{wish.first} to {wish.last} is no period", field="first")
    name = " ".join(normalize("NFC", wish.name).split())
    if len(name) > LONGEST_NAME:
        raise SittingError(
            "certificate.name", f"a name has at most {LONGEST_NAME} characters", most=LONGEST_NAME
        )
    require_printable("name", name)
    return replace(wish, name=name)


def _id_of(contributor_id: str, said: Mapping[str, Any]) -> str:
    """Return the id of what is certified to whom: the same statement has the same one."""
    return str(uuid5(NAMESPACE_OID, canonical_json({"person": contributor_id, **said}).decode()))


def _head(wish: Wish, now: datetime) -> dict[str, Any]:
    return {
        "issued_at": f"{now.astimezone(UTC):%Y-%m-%d}T00:00:00Z",
        "period_from": wish.first,
        "period_to": wish.last,
        "name": wish.name or None,
    }


def _issuer(session: Session, claims: Sequence[Claim]) -> str:
    """Return the projects that were worked for, as far as they fit."""
    titles = session.scalars(
        select(Project.title)
        .join(Task, Task.project_id == Project.id)
        .where(Task.id.in_([claim.task_id for claim in claims]))
        .distinct()
        .order_by(Project.title)
    )
    return printable(normalize("NFC", "、".join(titles))[:LONGEST_ISSUER])


def _chosen(
    session: Session, contributor_id: str, claims: Sequence[Claim], wish: Wish
) -> Mapping[str, object]:
    share = accepted_pct(session, contributor_id, claims) if wish.acceptance else None
    money = _earned(session, contributor_id, wish) if wish.amount else (None, None, None)
    amount, currency, exponent = money
    return {
        "acceptance_pct": to_plain(share),
        "amount_minor": amount,
        "currency": currency,
        "exponent": exponent,
    }


def _earned(session: Session, contributor_id: str, wish: Wish) -> tuple[int | None, str | None, int | None]:
    """Return what was earned in these months, paid or still owed."""
    statements = statements_of(session, contributor_id)
    currencies = {(each.currency, each.exponent) for each in statements}
    if len(currencies) > 1:
        raise SittingError("certificate.currencies", "amounts in two currencies have no sum")
    if not currencies:
        return None, None, None
    lines = [line for each in statements for line in each.lines]
    earned = sum(line.amount_minor for line in lines if wish.first <= month_of(line.at) <= wish.last)
    return earned, *currencies.pop()


def _ticked(wish: Wish) -> list[str]:
    said = {"name": bool(wish.name), "variety": wish.variety, "bands": wish.bands}
    said |= {"acceptance": wish.acceptance, "amount": wish.amount}
    return [name for name, ticked in said.items() if ticked]
