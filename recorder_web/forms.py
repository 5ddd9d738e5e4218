"""What a form of a page says."""

from speechcorpus.domain.errors import SittingError

LONGEST = 15


def whole_number(text: str, field: str) -> int:
    """Return a field that is a whole number from 0.

    Raises
    ------
    SittingError : `request.field`, naming it

    Examples
    --------
    >>> whole_number("12", "fence")
    12
    """
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST:
        raise SittingError("request.field", f"{field} is no whole number", field=field)
    return int(text)
