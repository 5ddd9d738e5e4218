"""Passkeys of staff (WebAuthn): added by who has just signed in, and a sign-in of their own.

A passkey is used only where the device has asked for a finger, a face or a PIN, so it stands for two factors.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from speechcorpus.domain.browser_kind import BrowserKind
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Passkey
from speechcorpus.store.store import Store
from speechcorpus.workflows.key_challenges import (
    ask,
    base64url,
    credential_of,
    expired,
    refused_if_wrong,
    use_up,
)
from speechcorpus.workflows.own_factors import keys_of, note_change, require_change
from speechcorpus.workflows.sign_in import SignedIn, open_staff_session

# the library is loaded where it is used: it takes a third of a second, and most processes never ask it

HOUSE: Final = "speechcorpus"
MOST_KEYS: Final = 20
LABEL_CAP: Final = 60
LONGEST_ID: Final = 1023  # bytes, as WebAuthn has it
MADE: Final = ("clientDataJSON", "attestationObject", "transports")
SHOWN: Final = ("clientDataJSON", "authenticatorData", "signature", "userHandle")
TRANSPORTS: Final = ("ble", "hybrid", "internal", "nfc", "smart-card", "usb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the browser is: the host name that keys are made for, and the whole origin."""

    rp_id: str
    origin: str


def options_to_add(store: Store, signed: SignedIn, site: Site, *, now: datetime) -> dict[str, Any]:
    """Return what a browser needs to make a passkey, as WebAuthn writes it in JSON.

    Raises
    ------
    As `require_change`; SittingError `key.many`
    """
    import webauthn
    from webauthn.helpers import structs

    with store.catalogue.write() as session:
        staff = require_change(session, signed, now)
        known = keys_of(session, staff.id)
        if len(known) >= MOST_KEYS:
            raise SittingError("key.many", f"{MOST_KEYS} passkeys are enough", limit=MOST_KEYS)
        options = webauthn.generate_registration_options(
            rp_id=site.rp_id,
            rp_name=HOUSE,
            user_id=staff.id.encode(),
            user_name=f"{staff.name} ({staff.role})",  # one person may have two accounts
            challenge=ask(session, staff.id, now),
            exclude_credentials=[_descriptor(key) for key in known if key.origin == site.origin],
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
        )
    return _written(options)


def add_passkey(
    store: Store, signed: SignedIn, site: Site, label: str, answer: object, *, now: datetime
) -> str:
    """Keep the public half of a new passkey, end the person's other sign-ins, and return its id.

    Parameters
    ----------
    answer : what the browser made: `id` and the fields of `MADE`, in base64url but for the transports

    Raises
    ------
    As `require_change`; SittingError `request.field` for a form that is not one;
    AccessError `key.expired`, `key.refused`; SittingError `key.twice`
    """
    import webauthn

    label = " ".join(label.split())
    if not 0 < len(label) <= LABEL_CAP:
        raise SittingError("request.field", f"a name has 1 to {LABEL_CAP} characters", field="label")
    credential = credential_of(answer, MADE)
    challenge, asked = use_up(store, credential, now)
    if asked != signed.actor.id:
        raise expired()
    with refused_if_wrong():
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    if not 0 < len(made.credential_id) <= LONGEST_ID or base64url(made.credential_id) != credential["id"]:
        raise AccessError("key.refused", "the passkey's answer does not hold")
    key = Passkey(id=str(uuid4()), staff_id=signed.actor.id, credential_id=credential["id"])
    key.origin, key.transports = site.origin, _transports(credential["response"]["transports"])
    key.public_key, key.sign_count = base64url(made.credential_public_key), made.sign_count
    key.backup_eligible = made.credential_device_type == "multi_device"
    key.label, key.created_at = label, now
    try:
        with store.catalogue.write() as session:
            require_change(session, signed, now)
            session.add(key)
            session.flush()
            note_change(session, signed, "passkey.added", {"passkey": key.id}, now)
            return key.id
    except IntegrityError as error:
        raise SittingError("key.twice", "this passkey is known already") from error


def options_to_enter(
    store: Store, site: Site, *, staff_id: str | None = None, now: datetime
) -> dict[str, Any]:
    """Return what a browser needs to answer with a passkey: of anybody, or of who is signed in."""
    import webauthn
    from webauthn.helpers import structs

    with store.catalogue.write() as session:
        known = keys_of(session, staff_id) if staff_id else []
        options = webauthn.generate_authentication_options(
            rp_id=site.rp_id,
            challenge=ask(session, staff_id, now),
            allow_credentials=[_descriptor(key) for key in known if key.origin == site.origin],
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
    return _written(options)


def enter_by_passkey(
    store: Store, site: Site, answer: object, *, browser: BrowserKind | None = None, now: datetime
) -> SignedIn:
    """Sign in whoever holds the passkey; whoever is signed in already shows one of their own.

    Raises
    ------
    SittingError : `request.field`
    AccessError : `key.expired`; `key.unknown` for one that nobody has here, or no more; `key.refused`
    """
    credential = credential_of(answer, SHOWN)
    challenge, asked = use_up(store, credential, now)
    try:
        with store.catalogue.write() as session:
            key = _known(session, credential["id"])
            if key is None or key.removed_at is not None or key.origin != site.origin:
                raise _unknown()
            if asked not in (None, key.staff_id):
                raise _unknown()
            _verify(key, credential, challenge, site)
            key.used_at = now
            signed = open_staff_session(session, key.staff_id, "passkey", browser, now)
            if signed is None:
                raise _unknown()
            return signed
    except AccessError as error:
        if error.code == "key.refused":
            _note_refused(store, credential["id"], now)
        raise


def _verify(key: Passkey, credential: dict[str, Any], challenge: bytes, site: Site) -> None:
    import webauthn

    with refused_if_wrong():
        shown = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=key.origin,
            credential_public_key=webauthn.base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    named = credential["response"].get("userHandle")
    if named is not None and named != base64url(key.staff_id.encode()):
        raise AccessError("key.refused", "the passkey names somebody else")
    if (shown.credential_device_type == "multi_device") != key.backup_eligible:
        raise AccessError("key.refused", "the passkey's answer does not hold")
    key.sign_count = shown.new_sign_count


def _note_refused(store: Store, credential_id: str, now: datetime) -> None:
    """Write down that a known key was shown wrongly: it may have been copied."""
    with store.catalogue.write() as session:
        key = _known(session, credential_id)
        if key is not None:
            append_audit(
                session,
                actor="house",
                action="passkey.refused",
                object=f"staff:{key.staff_id}",
                detail={"passkey": key.id},
                now=now,
            )


def _unknown() -> AccessError:
    return AccessError("key.unknown", "nobody here has this passkey")


def _transports(said: list[str]) -> str:
    return ",".join(each for each in TRANSPORTS if each in said)


def _known(session: Session, credential_id: str) -> Passkey | None:
    """Return a passkey by the id that its device gave it; nobody else uses it until the transaction ends."""
    return session.scalar(select(Passkey).where(Passkey.credential_id == credential_id).with_for_update())


def _descriptor(key: Passkey) -> Any:
    import webauthn
    from webauthn.helpers import structs

    reached = [structs.AuthenticatorTransport(each) for each in key.transports.split(",") if each]
    return structs.PublicKeyCredentialDescriptor(
        id=webauthn.base64url_to_bytes(key.credential_id), transports=reached or None
    )


def _written(options: Any) -> dict[str, Any]:
    from webauthn.helpers import options_to_json_dict

    return options_to_json_dict(options)
