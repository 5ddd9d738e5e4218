"""What every template may use: messages, addresses of assets, who is here, numbers as people write them."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

from flask import Flask, current_app, g, render_template, request
from markupsafe import Markup

from recorder_web.assets import Assets
from recorder_web.context import current_messages, current_settings, now
from recorder_web.i18n import LOCALES
from recorder_web.security import csrf_token, current_sign_in

ZONE: Final = timezone(timedelta(hours=8), "UTC+8")  # Taiwan and Fujian share it, without daylight saving
SIGNS: Final = {"TWD": "NT$", "CNY": "CN¥", "USD": "US$"}
MINUS: Final = "−"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavLink:
    """One entry of the main menu."""

    key: str
    href: str
    current: bool


NAV: Final = {
    "contributor": (
        ("home", "/home"),
        ("record", "/record"),
        ("transcribe", "/transcribe"),
        ("second", "/second"),
        ("work", "/work"),
    ),
    "reviewer": (
        ("staff-home", "/staff/home"),
        ("queue", "/staff/queue"),
        ("appeals", "/staff/appeals"),
        ("settle", "/staff/settle"),
        ("auditions", "/staff/auditions"),
        ("agreement", "/staff/agreement"),
        ("fees", "/staff/fees"),
        ("releases", "/releases/"),
    ),
    "manager": (
        ("staff-home", "/staff/home"),
        ("coverage", "/staff/coverage"),
        ("funnel", "/staff/funnel"),
        ("rounds", "/staff/rounds"),
        ("agreement", "/staff/agreement"),
        ("gold", "/staff/gold"),
        ("budget", "/staff/budget"),
        ("payouts", "/staff/payouts"),
        ("people", "/staff/people"),
        ("terms", "/staff/terms"),
        ("staff-releases", "/staff/releases"),
        ("releases", "/releases/"),
        ("operation", "/staff/operation"),
        ("audit", "/staff/audit"),
    ),
    "payer": (("staff-home", "/staff/home"), ("payouts", "/staff/payouts")),
    "ml": (("staff-home", "/staff/home"), ("releases", "/releases/")),
    "operator": (
        ("staff-home", "/staff/home"),
        ("operation", "/staff/operation"),
        ("releases", "/releases/"),
        ("audit", "/staff/audit"),
    ),
}


def add_page_helpers(app: Flask) -> None:
    """Give templates their helpers and filters."""
    app.context_processor(_helpers)
    app.add_template_filter(clock_time, "clock_time")
    app.add_template_filter(money, "money")
    app.add_template_filter(number, "number")
    app.add_template_filter(figure, "figure")


def _helpers() -> dict[str, Any]:
    messages, signed = current_messages(), current_sign_in()
    assets = cast(Assets, current_app.extensions["speechcorpus.assets"])
    return {
        "t": messages.t,
        "locale": g.locale,
        "locales": LOCALES,
        "asset": assets.script,
        "styles": assets.styles,
        "modules": assets.modules,
        "csrf_token": csrf_token,
        "me": signed.actor if signed else None,
        "nav": _nav(signed.actor.role) if signed else (),
        "in_language": _in_language,
        "phones": current_settings().https_port is not None,
        "island": _island,
        "time_left": lambda until: time_left(until, now()),
    }


def _nav(role: str) -> tuple[NavLink, ...]:
    return tuple(
        NavLink(key=key, href=href, current=request.path.startswith(href.rstrip("/")))
        for key, href in NAV.get(role, ())
    )


def _island(name: str, data: object, *prefixes: str) -> Markup:
    """Return an island's script with its data and the messages of its prefixes, as data and not as code."""
    texts = current_messages().starting_with(*prefixes)
    return Markup(render_template("parts/island.html", name=name, data=data, texts=texts))  # noqa: S704


def _in_language(locale: str) -> str:
    """Return the address of this page in another language; of the welcome page after a POST."""
    path = quote(request.path) if request.method in ("GET", "HEAD") else "/"
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    return f"{path}?{urlencode([*kept, ('lang', locale)])}"


def clock_time(moment: datetime) -> str:
    """Write a moment in the zone of Taiwan and Fujian.

    Examples
    --------
    >>> from datetime import UTC
    >>> clock_time(datetime(2026, 11, 22, 23, 5, tzinfo=UTC))
    '2026-11-23 07:05'
    """
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def money(minor: int, currency: str, exponent: int) -> str:
    """Write an amount of minor units.

    Examples
    --------
    >>> money(150_050, "TWD", 2), money(-5, "JPY", 0)
    ('NT$ 1,500.50', '−JPY 5')
    """
    whole, part = divmod(abs(minor), 10**exponent)
    digits = f"{whole:,}" + (f".{part:0{exponent}d}" if exponent else "")
    return f"{MINUS if minor < 0 else ''}{SIGNS.get(currency, currency)} {digits}"


def number(value: float, places: int = 1) -> str:
    """Write a number with its sign as typography has it.

    Examples
    --------
    >>> number(-22.44), number(3, 0)
    ('−22.4', '3')
    """
    return f"{value:.{places}f}".replace("-", MINUS)


def figure(value: Decimal) -> str:
    """Write a measured value or a limit: as many digits as it was given, two at most.

    Examples
    --------
    >>> figure(Decimal("-38.20")), figure(Decimal("44100")), figure(Decimal("0.973"))
    ('−38.2', '44,100', '0.97')
    """
    rounded = round(value, 2).normalize()
    return f"{rounded:,f}".replace("-", MINUS)


def time_left(until: datetime, moment: datetime) -> tuple[str, dict[str, int]]:
    """Return the message key and facts that say how much time is left.

    Examples
    --------
    >>> start = datetime(2026, 1, 1)
    >>> time_left(start + timedelta(days=2, hours=6, minutes=1), start)
    ('time.days-left', {'days': 2, 'hours': 6})
    """
    left_s = int((until - moment).total_seconds())
    if left_s <= 0:
        return "time.over", {}
    days, hours, minutes = left_s // 86400, left_s % 86400 // 3600, left_s % 3600 // 60
    if days:
        return "time.days-left", {"days": days, "hours": hours}
    if hours:
        return "time.hours-left", {"hours": hours, "minutes": minutes}
    return "time.minutes-left", {"minutes": max(1, minutes)}
