"""A browser is two words of closed lists, whatever it says of itself."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.browser_kind import READ, BrowserKind, Family, System, browser_kind
from speechcorpus.store.models import LoginSession

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = "Chrome/142.0.0.0 Safari/537.36"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"


@pytest.mark.parametrize(  # the same as in `identity.test.ts`, without the hints that no form sends
    ("agent", "word"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {CHROME}", "Chrome/Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} {CHROME}", "Chrome/macOS"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {CHROME} Edg/142.0.0.0", "Edge/Windows"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} {CHROME} EdgA/142.0.0.0", "Edge/Android"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} {CHROME}", "Chrome/Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} {CHROME}", "Chrome/ChromeOS"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Headless{CHROME}", "Chrome/Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {CHROME} OPR/122.0.0.0", "other/Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox/Windows"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0", "Firefox/Android"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI}", "Safari/macOS"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {SAFARI}", "Safari/iOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) CriOS/142.0 Safari/604.1", "Chrome/iOS"),
        ("python-requests/2.32", "other/other"),
        ("", "other/other"),
    ],
)
def test_what_browsers_say_of_themselves_comes_to_a_family_and_a_system(agent: str, word: str) -> None:
    assert browser_kind(agent).word == word
    assert BrowserKind.of_word(word) == browser_kind(agent)


@given(agent=st.text(max_size=READ + 20) | st.from_regex(r"(Chrome/|Version/|Safari/|Android|[a-z]){,80}"))
def test_nothing_but_a_word_of_the_lists_comes_of_anything(agent: str) -> None:
    kind = browser_kind(agent)
    assert kind.family in get_args(Family)
    assert kind.system in get_args(System)
    assert BrowserKind.of_word(kind.word) == kind


def test_every_word_has_room_in_its_column() -> None:
    words = [f"{family}/{system}" for family in get_args(Family) for system in get_args(System)]
    assert max(map(len, words)) <= LoginSession.__table__.c.browser.type.length


@pytest.mark.parametrize(
    "word", ["", "Chrome", "Chrome/", "Chrome/Amiga", "Chrome/Android/142", "chrome/Android"]
)
def test_what_is_no_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="no such kind"):
        BrowserKind.of_word(word)
