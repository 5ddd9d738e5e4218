"""All my data in one archive: account, consents, claims, terms, sound, texts, findings, pay, receipts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Claim,
    Consent,
    Contributor,
    LoginSession,
    Receipt,
    Segment,
    Sitting,
    Take,
    Task,
)
from speechcorpus.store.shelves import Blobs, stretch
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.item_owner import claims_of, owned_by
from speechcorpus.workflows.own_items import HOW, WITH_TEXT, ItemFiles, item_files, utc
from speechcorpus.workflows.payout_accounts import account_of
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.signing_keys import signing_keys
from speechcorpus.workflows.views.ledger import statements_of
from speechcorpus.workflows.withdrawn_items import take_is_withdrawn, withdrawn_from
from speechcorpus.workflows.zip_stream import Entry, text_entry, zip_stream

README = """My data
=======

account.json, consents.json, claims.json, ledger.json
            what is kept about me, what I agreed to, my work, my pay
payout-account.json
            where my pay is sent, if I said so; it is kept encrypted
sign-ins.json
            the browsers in which I was signed in of late
receipts/   signed; `speechcorpus receipt verify FILE --keys keys.json` checks them without us
keys.json   the keys of this server, each introduced by the one before
terms/      the terms of each claim, frozen when I took it
takes/      every recording, as it came from my microphone
items/      one folder for each clip: the sound, its text, what was measured, what became of it

"""


def own_export(store: Store, actor: Actor, *, now: datetime) -> Iterator[bytes]:
    """Return an archive with everything of the contributor who asks, sent while it is read.

    What it holds is settled before the first byte is sent; sound that was erased meanwhile is left out. Each
    file is opened when its turn comes and read block by block, from a bucket too: no sound is kept here.
    """
    with store.catalogue.write() as session:
        person = require_contributor(session, actor)
        append_audit(
            session,
            actor=actor,
            action="own-data.exported",
            object=f"contributor:{person.id}",
            detail={},
            now=now,
        )
    with store.catalogue.read() as session:
        entries = [*_papers(session, store, person), *_terms(session, person.id), *_receipts(session, person)]
        items, takes = _items(store, session, person.id), _takes(session, person.id)
    return zip_stream(_all(store.blobs, entries, items, takes))


def _all(
    blobs: Blobs,
    papers: Sequence[Entry],
    items: Sequence[tuple[str, ItemFiles]],
    takes: Mapping[str, str],
) -> Iterator[Entry]:
    yield from papers
    for segment_id, files in items:
        if files.audio.exists():
            yield from files.entries(f"items/{segment_id}/")
    for take_id, master in takes.items():
        if blobs.exists(master):
            blocks = partial(stretch, partial(blobs.open, master))
            yield Entry(name=f"takes/{take_id}.wav", blocks=blocks, packed=False)


def _papers(session: Session, store: Store, person: Contributor) -> Iterator[Entry]:
    how = HOW.format(text=WITH_TEXT).replace("terms.json", "../../terms/TERMS.json")
    yield text_entry("README.txt", README + how)
    yield _json("account.json", _account(person))
    if (payout := account_of(session, store, person.id)) is not None:
        yield _json("payout-account.json", asdict(payout))
    yield _json("consents.json", _consents(session, person.id))
    yield _json("sign-ins.json", _sign_ins(session, person.id))
    yield _json("claims.json", _claims(session, person.id))
    yield _json("ledger.json", _ledger(session, person.id))
    yield text_entry("keys.json", signing_keys(store).to_document())


def _json(name: str, value: object) -> Entry:
    return text_entry(name, canonical_json(value))


def _account(person: Contributor) -> Mapping[str, object]:
    return {
        "pseudonym": person.pseudonym,
        "language": person.locale,
        "variety": person.variety,
        "subvariety": person.subvariety,
        "gender": person.gender,
        "age_band": person.age_band,
        "state": person.state,
        "created_at": utc(person.created_at),
    }


def _consents(session: Session, contributor_id: str) -> Sequence[Mapping[str, object]]:
    rows = session.scalars(
        select(Consent).where(Consent.contributor_id == contributor_id).order_by(Consent.given_at, Consent.id)
    )
    return [
        {
            "purpose": row.purpose,
            "text_version": row.text_version,
            "text_sha256": row.text_sha256,
            "language": row.language,
            "given_at": utc(row.given_at),
            "withdrawn_at": utc(row.withdrawn_at),
        }
        for row in rows
    ]


def _sign_ins(session: Session, contributor_id: str) -> Sequence[Mapping[str, object]]:
    mine = select(LoginSession).where(LoginSession.contributor_id == contributor_id)
    return [
        {
            "began_at": utc(row.created_at),
            "used_hour": utc(row.used_hour),
            "by": row.factor,
            "browser": row.browser,
            "ends_at": utc(row.expires_at),
            "ended_at": utc(row.revoked_at),
        }
        for row in session.scalars(mine.order_by(LoginSession.created_at, LoginSession.id))
    ]


def _claims(session: Session, contributor_id: str) -> Sequence[Mapping[str, object]]:
    rows = session.execute(
        select(Claim, Task)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.id.in_(claims_of(contributor_id)))
        .order_by(Claim.claimed_at, Claim.id)
    )
    return [
        {
            "claim": claim.id,
            "project": task.project_id,
            "variety": task.variety,
            "style": task.style,
            "band": task.band,
            "state": claim.state,
            "terms_sha256": claim.terms_sha256,
            "price": claim.price,
            "evaluator": claim.evaluator,
            "claimed_at": utc(claim.claimed_at),
            "submitted_at": utc(claim.submitted_at),
        }
        for claim, task in rows
    ]


def _ledger(session: Session, contributor_id: str) -> Sequence[Mapping[str, object]]:
    return [
        {
            "project": each.project_id,
            "currency": each.currency,
            "exponent": each.exponent,
            "owed_minor": each.owed_minor,
            "paying_minor": each.paying_minor,
            "paid_minor": each.paid_minor,
            "lines": [
                {
                    "at": utc(line.at),
                    "kind": line.kind,
                    "item": line.segment_id,
                    "claim": line.claim_id,
                    "amount_minor": line.amount_minor,
                    "where": line.where,
                }
                for line in each.lines
            ],
        }
        for each in statements_of(session, contributor_id)
    ]


def _terms(session: Session, contributor_id: str) -> Iterator[Entry]:
    hashes = session.scalars(
        select(Claim.terms_sha256).where(Claim.id.in_(claims_of(contributor_id))).distinct()
    ).all()
    for sha256 in sorted(hashes):
        yield text_entry(f"terms/{sha256}.json", terms_by_hash(session, sha256).to_document())


def _receipts(session: Session, person: Contributor) -> Iterator[Entry]:
    rows = session.execute(
        select(Receipt.id, Receipt.kind, Receipt.document)
        .where(Receipt.contributor_id == person.id)
        .order_by(Receipt.created_at, Receipt.id)
    )
    for receipt_id, kind, document in rows:
        yield text_entry(f"receipts/{kind}-{receipt_id}.json", document)


def _items(store: Store, session: Session, contributor_id: str) -> Sequence[tuple[str, ItemFiles]]:
    rows = session.scalars(
        select(Segment)
        .where(owned_by(contributor_id), ~withdrawn_from("sound"))
        .order_by(Segment.created_at, Segment.id)
    ).all()
    return [(segment.id, item_files(store, session, segment)) for segment in rows]


def _takes(session: Session, contributor_id: str) -> Mapping[str, str]:
    """Return the digest of the master of each take."""
    rows = session.execute(
        select(Take.id, Take.master_sha256)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.contributor_id == contributor_id, Take.state == "stored")
        .order_by(Take.created_at, Take.id)
    )
    return {take_id: sha256 for take_id, sha256 in rows if sha256 and not take_is_withdrawn(session, take_id)}
