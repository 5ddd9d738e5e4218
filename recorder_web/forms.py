"""What a form of a page says."""

from speechcorpus.domain.errors import SittingError

LONGEST = 15


def whole_number(text: str, field: str, *, most: int = 10**LONGEST - 1) -> int:
    """Return a field that is a whole number from 0.

    Parameters
    ----------
    most : the largest one there can be

    Raises
    ------
    SittingError : `request.field`, naming it

    Examples
    --------
    >>> whole_number("12", "fence")
    12
    """
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST or int(text) > most:
        raise SittingError("request.field", f"{field} is no whole number", field=field)
    return int(text)
