"""What is kept of a password: argon2id, one at a time, so that many tries at once do not fill the machine."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from speechcorpus.domain.errors import SittingError

# argon2 is loaded where it is used: most processes never ask it

LONGEST: Final = 128  # characters
PATIENCE_S: Final = 2.0  # of a thread that waits for its turn
NOBODYS: Final = (  # tried when nobody has the name, so that it takes as long
    "$argon2id$v=19$m=65536,t=3,p=4$dGcMOR1GT3VF+ipT+eoy5w$0iA2uVTgnlLIGpc3v8hPJty2AmM4yq0I6DOq4nNB3nc"
)
_ONE_AT_A_TIME = threading.Lock()  # a try takes 64 MiB


def same_password(password: str) -> str:
    """Return one form of what different keyboards write for the same password; cut where no password is."""
    return unicodedata.normalize("NFKC", password[: 4 * LONGEST])[: LONGEST + 1]


def hashed(said: str) -> str:
    """Return what is kept of a password."""
    import argon2

    with _turn():
        return argon2.PasswordHasher().hash(said)


def matches(kept: str, said: str) -> bool:
    """Say whether a password is the one that was kept."""
    import argon2

    with _turn():
        try:
            return argon2.PasswordHasher().verify(kept, said)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False


def renewed(kept: str, said: str) -> str:
    """Return what is kept from now on, where argon2id has become stronger since."""
    import argon2

    hasher = argon2.PasswordHasher()
    return hashed(said) if hasher.check_needs_rehash(kept) else kept


@contextmanager
def _turn() -> Iterator[None]:
    """One at a time, and nobody waits for long: the threads belong to those who send sound."""
    if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE_S):
        raise SittingError("quota.password", "too many passwords are being tried at once")
    try:
        yield
    finally:
        _ONE_AT_A_TIME.release()
