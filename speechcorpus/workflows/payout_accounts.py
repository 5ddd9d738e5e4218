"""Where a contributor's money is sent: sealed under a key of theirs, read by payers for what was approved."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import canonical_json, parse_json
from speechcorpus.domain.errors import SittingError, StoreError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.house_keys import FILE, HouseKeys, Sealed, add_house_key, house_keys, keep_newest
from speechcorpus.store.models import Contributor, IdentityPrivate, Payout
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_person, require_staff
from speechcorpus.workflows.payouts import lines_of

LONGEST: Final = 80
KEYS: Final = "keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where money goes, as its owner wrote it."""

    holder: str
    bank: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayTo:
    """One payment of a batch; `account` is None for who has not given one."""

    pseudonym: str
    amount_minor: int
    account: Account | None


def save_account(store: Store, actor: Actor, account: Account, *, now: datetime) -> None:
    """Keep one's own account under a new key; what was there before is gone with its key.

    Raises
    ------
    SittingError : `account.field` for one that is empty, too long or no line of text
    """
    for field, text in asdict(account).items():
        if not 0 < len(text) <= LONGEST or not text.isprintable():
            raise SittingError("account.field", f"{field} is a line of text", field=field, limit=LONGEST)
    with store.catalogue.write() as session:
        person = require_person(session, actor)
        keys = _keys_to_seal(session, store)
        sealed = keys.seal(person.id, canonical_json(asdict(account)))
        session.execute(delete(IdentityPrivate).where(IdentityPrivate.contributor_id == person.id))
        session.add(IdentityPrivate(contributor_id=person.id, changed_at=now, **asdict(sealed)))
        _audit(session, actor, "account.changed", person.id, now)


def forget_account(store: Store, actor: Actor, *, now: datetime) -> None:
    """Destroy one's own account with its key; without one nothing changes."""
    with store.catalogue.write() as session:
        person = require_person(session, actor)
        if session.get(IdentityPrivate, person.id) is not None:
            destroy_identity(session, person.id)
            _audit(session, actor, "account.forgotten", person.id, now)


def own_account(store: Store, actor: Actor) -> Account | None:
    """Return one's own account; None before one was given."""
    with store.catalogue.read() as session:
        return account_of(session, store, require_person(session, actor).id)


def account_of(session: Session, store: Store, contributor_id: str) -> Account | None:
    """Return a person's account; None where there is none. Who may read it, the caller has asked."""
    row = session.get(IdentityPrivate, contributor_id)
    return None if row is None else _opened(_keys(store), row)


def accounts_of_batch(store: Store, actor: Actor, payout_id: str, *, now: datetime) -> Sequence[PayTo]:
    """Return where the money of a batch goes that was approved and is under way; each look is logged.

    Raises
    ------
    AccessError : `not-found` for anybody but payers, and for a batch that is not approved, or has ended
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "payer")
        payout = session.get(Payout, payout_id)
        if payout is None or payout.state not in ("approved", "sent"):
            raise not_found("payout")
        paid = [line for line in lines_of(session, payout_id) if line.state == "pending"]
        found = [_pay_to(session, store, line.contributor_id, line.amount_minor) for line in paid]
        append_audit(
            session,
            actor=actor,
            action="accounts.read",
            object=f"payout:{payout_id}",
            detail={"people": len(found)},
            now=now,
        )
        return found


def destroy_identity(session: Session, contributor_id: str) -> None:
    """Destroy what says who a person is, with the key that opens it."""
    session.execute(delete(IdentityPrivate).where(IdentityPrivate.contributor_id == contributor_id))


def rotate_house_key(store: Store, *, now: datetime) -> int:
    """Wrap every person's key in a new key of the house; return how many.

    The key before stays until the next rotation, since somebody may be saving with it now; older ones are
    destroyed, last of all: after a crash it is asked for again.
    """
    keys = add_house_key(store.data_dir / KEYS)
    with store.catalogue.write() as session:
        rows = session.scalars(select(IdentityPrivate).order_by(IdentityPrivate.contributor_id)).all()
        for row in rows:
            anew = keys.wrapped_anew(row.contributor_id, _sealed(row))
            row.house_key, row.wrapped_key = anew.house_key, anew.wrapped_key
        append_audit(
            session,
            actor="house",
            action="identity.key-rotated",
            object="house",
            detail={"people": len(rows)},
            now=now,
        )
    keep_newest(store.data_dir / KEYS, most=2)
    return len(rows)


def _keys_to_seal(session: Session, store: Store) -> HouseKeys:
    """Return the keys, the first made now if there never was one.

    A host without the keys of the others, or with an old copy of them, seals nothing: who reads it there?
    """
    used = session.scalars(select(IdentityPrivate.house_key).limit(1)).first()
    is_here = (store.data_dir / KEYS / FILE).exists()
    if used is not None and not (is_here and used in _keys(store).by_name):
        raise StoreError("identity.key", f"{FILE} here is not the one in use: copy it from where it is")
    return _keys(store)


def _keys(store: Store) -> HouseKeys:
    return house_keys(store.data_dir / KEYS)


def _pay_to(session: Session, store: Store, contributor_id: str, minor: int) -> PayTo:
    name = session.get_one(Contributor, contributor_id).pseudonym
    account = account_of(session, store, contributor_id)
    return PayTo(pseudonym=name, amount_minor=minor, account=account)


def _opened(keys: HouseKeys, row: IdentityPrivate) -> Account:
    said = parse_json(keys.unseal(row.contributor_id, _sealed(row)).decode())
    if not isinstance(said, dict):
        raise TypeError("an account is an object")
    return Account(**{field: str(said[field]) for field in ("holder", "bank", "number")})


def _sealed(row: IdentityPrivate) -> Sealed:
    return Sealed(house_key=row.house_key, wrapped_key=row.wrapped_key, sealed=row.sealed)


def _audit(session: Session, actor: Actor, action: str, contributor_id: str, now: datetime) -> None:
    person = f"contributor:{contributor_id}"
    append_audit(session, actor=actor, action=action, object=person, detail={}, now=now)
