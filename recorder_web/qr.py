"""Addresses as QR codes, for the terminal and for pages."""

import io

import segno
from markupsafe import Markup

QUIET_MODULES = 4  # the margin that readers need, ISO/IEC 18004
MODULE_PX = 5


def terminal_code(text: str) -> str:
    """Return a code of half blocks, light on dark as terminals mostly are.

    Examples
    --------
    >>> lines = terminal_code("https://192.168.1.5:8443").splitlines()
    >>> len({len(line) for line in lines})  # every line is as wide as the others
    1
    """
    out = io.StringIO()
    _code(text).terminal(out, border=QUIET_MODULES, compact=True)
    return out.getvalue().rstrip("\n")


def svg_code(text: str) -> Markup:
    """Return a code as an inline picture, dark on light in every colour scheme; its words stand beside it."""
    picture = _code(text).svg_inline(
        scale=MODULE_PX, border=QUIET_MODULES, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return Markup(picture.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S704  modules and numbers only


def _code(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False)
