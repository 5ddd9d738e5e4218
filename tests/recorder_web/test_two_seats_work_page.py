"""My work in a dialogue with two devices: my own clips, what the other lacks, and who hands in."""

import re

import pytest

from tests.dialogue import pair
from tests.recorder_web.test_i18n import LOCALES
from tests.two_seats import item, write

BUTTON = "/submit"


@pytest.fixture
def two(house):
    return pair(house.stage, devices="two")


@pytest.fixture
def holder(house, two):
    return house.sign_in(two.holder)


@pytest.fixture
def partner(house, two):
    return house.sign_in(two.partner)


def test_each_sees_their_own_clips_and_the_holder_what_the_other_lacks(house, two, holder, partner):
    mine, theirs = item(two, two.holder), item(two, two.partner, text=None)
    work = f"/work?claim={two.claim}&show=all"
    page = holder.get(work).text
    assert f"/segments/{mine}/audio" in page
    assert theirs not in page
    assert f"{two.name()} 還有 1 句沒做完" in page
    assert BUTTON in page
    page = partner.get(work).text
    assert f"/segments/{theirs}/audio" in page
    assert mine not in page
    assert "這份工作由對方交件" in page
    assert BUTTON not in page
    refused = partner.post(f"/claims/{two.claim}/submit")
    assert (refused.status_code, "先交件" in refused.text) == (409, True)
    assert holder.post(f"/claims/{two.claim}/submit").status_code == 303
    write(two, two.partner, theirs, two.stage.later)
    assert BUTTON in partner.get(work).text
    assert partner.post(f"/claims/{two.claim}/submit").status_code == 303
    assert BUTTON not in partner.get(work).text
    assert house.sign_in(two.stage.contributor()).get(work).status_code == 404


def test_the_page_speaks_every_language(two, holder, partner):
    item(two, two.holder)
    for locale in LOCALES:
        for who in (holder, partner):
            page = who.get(f"/work?claim={two.claim}&lang={locale}")
            assert page.status_code == 200
            assert not re.search(r">\s*work\.[\w.-]+\s*<", page.text)
