"""A JSON object read field by field: exactly the keys it should have, each of its type."""

import re
from collections.abc import Mapping, Sequence

from speechcorpus.domain.errors import SittingError

SHA256 = re.compile(r"[0-9a-f]{64}\Z")
LARGEST = 2**53 - 1
NUL = "\0"  # no text: SQLite keeps it, PostgreSQL refuses it after everything else was done


class Form:
    """Reads a decoded JSON object; every refusal names the field and carries one code.

    Unknown keys are refused: a browser that sends what we do not read believes something untrue.

    Examples
    --------
    >>> Form({"sequence": 3}, where="", code="request.field", keys=("sequence",)).count("sequence")
    3
    """

    def __init__(
        self, document: object, *, where: str, code: str, keys: Sequence[str], optional: Sequence[str] = ()
    ) -> None:
        self._where = where
        self._code = code
        if not isinstance(document, Mapping):
            raise self._refusal("", "is not an object")
        self._document: Mapping[str, object] = document
        for key in document:
            if key not in keys:
                raise self._refusal(str(key), "is not a known field")
        for key in keys:
            if key not in document and key not in optional:
                raise self._refusal(key, "is missing")

    def _refusal(self, key: str, problem: str) -> SittingError:
        field = f"{self._where}{key}" or "body"
        return SittingError(self._code, f"{field} {problem}", field=field[:80])

    def text(self, key: str) -> str:
        """Return a non-empty string."""
        value = self.string(key)
        if not value:
            raise self._refusal(key, "is not a text")
        return value

    def string(self, key: str) -> str:
        """Return a string, which may be empty."""
        value = self._document.get(key)
        if not isinstance(value, str) or NUL in value:
            raise self._refusal(key, "is not a text")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a non-empty string or None."""
        return None if self._document.get(key) is None else self.text(key)

    def one_of(self, key: str, values: Sequence[str]) -> str:
        """Return a string that is one of `values`."""
        value = self.text(key)
        if value not in values:
            raise self._refusal(key, f"is none of {', '.join(values)}")
        return value

    def count(self, key: str) -> int:
        """Return a whole number from 0 to 2^53 − 1."""
        value = self._document.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
            raise self._refusal(key, "is not a whole number from 0")
        return value

    def count_or_none(self, key: str) -> int | None:
        """Return a whole number from 0, or None."""
        return None if self._document.get(key) is None else self.count(key)

    def flag(self, key: str) -> bool:
        """Return a boolean."""
        value = self._document.get(key)
        if not isinstance(value, bool):
            raise self._refusal(key, "is not true or false")
        return value

    def sha256(self, key: str) -> str:
        """Return a SHA-256 in lower-case hexadecimal digits."""
        value = self.text(key)
        if not SHA256.match(value):
            raise self._refusal(key, "is not a SHA-256")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of non-empty strings."""
        value = self._document.get(key)
        if not isinstance(value, list) or not all(isinstance(i, str) and i and NUL not in i for i in value):
            raise self._refusal(key, "is not a list of texts")
        return tuple(value)

    def hashes(self, key: str) -> tuple[str, ...]:
        """Return a list of SHA-256 in hexadecimal digits."""
        values = self.texts(key)
        if not all(SHA256.match(value) for value in values):
            raise self._refusal(key, "is not a list of SHA-256")
        return values

    def mapping(self, key: str) -> Mapping[str, object]:
        """Return an object."""
        value = self._document.get(key)
        if not isinstance(value, Mapping):
            raise self._refusal(key, "is not an object")
        return value

    def objects(self, key: str) -> tuple[Mapping[str, object], ...]:
        """Return a list of objects."""
        value = self._document.get(key)
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self._refusal(key, "is not a list of objects")
        return tuple(value)
