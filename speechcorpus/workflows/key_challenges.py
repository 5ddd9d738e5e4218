"""The questions that passkeys answer: each put once, answered once, kept for five minutes."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import AccessError
from speechcorpus.record.form import Form
from speechcorpus.store.models import KeyChallenge
from speechcorpus.store.store import Store

ANSWER_WITHIN: Final = timedelta(minutes=5)
MOST_ASKED: Final = 5_000  # of nobody yet: what strangers can make us keep


def credential_of(answer: object, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the answer in WebAuthn's own form; nothing but what is read of it may stand there."""
    form = Form(
        answer, where="credential.", code="request.field", keys=("id", *keys), optional=("userHandle",)
    )
    response: dict[str, Any] = {
        key: form.text(key) for key in keys if key not in ("userHandle", "transports")
    }
    if "transports" in keys:
        response["transports"] = list(form.texts("transports"))
    elif (named := form.text_or_none("userHandle")) is not None:
        response["userHandle"] = named.rstrip("=")
    credential_id = form.text("id").rstrip("=")
    return {"id": credential_id, "rawId": credential_id, "type": "public-key", "response": response}


def ask(session: Session, staff_id: str | None, now: datetime) -> bytes:
    """Return a new question to a passkey: of this member of staff, or of whoever comes."""
    session.execute(delete(KeyChallenge).where(KeyChallenge.expires_at <= now))
    if staff_id is None:
        _forget_surplus(session)
    challenge = secrets.token_bytes(32)
    row = KeyChallenge(challenge=base64url(challenge), staff_id=staff_id, expires_at=now + ANSWER_WITHIN)
    session.add(row)
    return challenge


def _forget_surplus(session: Session) -> None:
    """Let the oldest questions that strangers had us ask go, where there are too many."""
    nobodys = select(KeyChallenge.challenge).where(KeyChallenge.staff_id.is_(None))
    surplus = nobodys.order_by(KeyChallenge.expires_at.desc()).offset(MOST_ASKED - 1)
    old = session.scalars(surplus.limit(MOST_ASKED)).all()
    if old:
        session.execute(delete(KeyChallenge).where(KeyChallenge.challenge.in_(old)))


def use_up(store: Store, credential: Mapping[str, Any], now: datetime) -> tuple[bytes, str | None]:
    """Return the challenge that is answered and whom it was put to; nobody can answer it again."""
    import webauthn

    with refused_if_wrong():
        said = json.loads(webauthn.base64url_to_bytes(credential["response"]["clientDataJSON"]))["challenge"]
        challenge = webauthn.base64url_to_bytes(said)
    asked = (KeyChallenge.challenge == base64url(challenge), KeyChallenge.expires_at > now)
    with store.catalogue.write() as session:
        gone = session.execute(delete(KeyChallenge).where(*asked).returning(KeyChallenge.staff_id)).all()
    if len(gone) != 1:
        raise expired()
    return challenge, gone[0].staff_id


@contextmanager
def refused_if_wrong() -> Iterator[None]:
    """Whatever is wrong with bytes that a stranger made, they are refused, with what was wrong kept back."""
    try:
        yield
    except AccessError:
        raise
    except Exception as error:  # the reader of other people's bytes raises whatever its parts do
        raise AccessError("key.refused", "the passkey's answer does not hold") from error


def expired() -> AccessError:
    """Return the refusal of an answer to what nobody asks."""
    return AccessError("key.expired", "this was asked too long ago, or answered already")


def base64url(data: bytes) -> str:
    """Write bytes as WebAuthn does in JSON."""
    from webauthn.helpers import bytes_to_base64url

    return bytes_to_base64url(data)
