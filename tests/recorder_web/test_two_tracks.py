"""The other person's track on the pages: beside what one writes or judges, and for nobody else."""

import re
from uuid import uuid4

import numpy as np
import pytest

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Withdrawal, WithdrawnItem
from speechcorpus.workflows.segment_edits import Seen, assign_speaker
from speechcorpus.workflows.views.take_segments import segments_of_take
from tests.recorder_web.test_inspector import data_of
from tests.side_by_side import LATER_S, Beside, beside, ticks, truth
from tests.stage import RATE_HZ

TICK = 4 * RATE_HZ  # of the holder's time


@pytest.fixture
def laid(house) -> Beside:
    made = beside(house.stage, mine=ticks([TICK]), theirs=ticks(truth(16).to_other([TICK])))
    made.lay(share_pct=81.0)
    return made


def test_the_editor_is_told_what_lies_beside_a_take_and_reads_any_part_of_its_sound(house, laid):
    (item,) = laid.add(laid.mine, (3.0, 5.0))
    laid.add(laid.theirs, (1.0, 3.0))
    holder, partner = house.sign_in(laid.two.holder), house.sign_in(laid.two.partner)
    told = holder.get(f"/api/v1/takes/{laid.mine.id}/beside").json
    assert (told["state"], told["who"], told["off_ms"]) == ("aligned", laid.two.name(), 0.8)
    assert [part["text"] for part in told["segments"]] == [""]
    assert told["segments"][0]["start_sample"] == pytest.approx((LATER_S + 1.0) * RATE_HZ, abs=4)
    address = f"/api/v1/segments/{item}/beside/audio"
    whole = holder.get(address)
    codes = np.frombuffer(whole.data[44:], dtype="<i2").reshape(-1, 2)
    assert codes[RATE_HZ, 0] > 0  # mine on the left, a second into the item
    assert codes[RATE_HZ - 1 : RATE_HZ + 2, 1].any()
    part = holder.get(address, headers={"Range": "bytes=1001-70000"})
    assert (part.status_code, part.data) == (206, whole.data[1001:70001])
    alone = holder.get(f"/api/v1/takes/{laid.mine.id}/beside/audio")
    assert len(alone.data) == 44 + 2 * 16 * RATE_HZ
    for path in (
        address,
        f"/api/v1/takes/{laid.mine.id}/beside",
        f"/api/v1/takes/{laid.mine.id}/beside/audio",
    ):
        assert partner.get(path).status_code == 404  # they hear it beside their own
    assert partner.get(f"/api/v1/takes/{laid.theirs.id}/beside/audio").status_code == 200
    for style in ("side.state.aligned", "side.key.solo-mine"):
        assert style in holder.get(f"/transcribe/{laid.two.claim}").text


def test_nobody_has_a_lane_in_the_track_of_the_other(house, laid):
    (item,) = laid.add(laid.mine, (3.0, 5.0))
    assert segments_of_take(house.store, laid.two.holder, laid.mine.id).peers == ()
    seen = Seen(version=1, revision=0)
    with pytest.raises(SpeechCorpusError) as caught:
        assign_speaker(
            house.store, laid.two.holder, item, seen=seen, speaker=laid.two.name(), now=house.stage.later
        )
    assert caught.value.code == "segment.speaker"


def test_a_reviewer_sees_both_tracks_and_their_figures_and_not_whose_they_are(house, laid):
    (item,) = laid.add(laid.mine, (3.0, 5.0))
    (theirs,) = laid.add(laid.theirs, (1.0, 3.0), speech_s=[(1.5, 2.5)])
    reviewer, other = house.staff("reviewer"), house.staff("reviewer")
    review = house.handed_in(item)
    assert reviewer.get(f"/staff/review/{review}/beside/audio").status_code == 404  # not taken yet
    reviewer.post(f"/staff/review/{review}/take")
    page = reviewer.get(f"/staff/review/{review}").text
    told = data_of(page)["beside"]
    assert (told["state"], told["off_ms"]) == ("aligned", 0.8)
    assert told["speech_s"] == [pytest.approx([0.231, 1.231], abs=0.021)]  # to a hop
    rows = re.findall(r"<tr><td>[^<]*<span[^>]*>dialogue\.<wbr>([\w-]+).*?<b>(.*?)</b>(.*?)</tr>", page)
    found = {name: (value, "chip--ok" in rest) for name, value, rest in rows}
    assert list(found) == ["overlap", "one-sided", "long-turn", "bleed", "unsynced"]
    assert (found["bleed"], found["one-sided"]) == (("−31", True), ("81", False))
    assert 'id="uncertainty"' in page
    assert ">O</span>" in page  # the keys say how one is heard alone
    assert laid.two.name() not in page
    assert laid.two.name(laid.two.holder) not in page
    sound = reviewer.get(told["audio"])
    assert (sound.status_code, len(sound.data)) == (200, 44 + 4 * 2 * RATE_HZ)
    assert other.get(told["audio"]).status_code == 404
    assert house.sign_in(laid.two.partner).get(told["audio"]).status_code in (401, 404)
    with house.store.catalogue.write() as session:  # the other one no longer lets people review their voice
        row = Withdrawal(id=str(uuid4()), contributor_id=laid.two.partner.id, scope="purpose")
        row.purpose, row.withdrawn_at = "human_review", house.now
        session.add(row)
        session.flush()
        session.add(WithdrawnItem(segment_id=theirs, effect="review", withdrawal_id=row.id))
    assert reviewer.get(told["audio"]).status_code == 404
    assert data_of(reviewer.get(f"/staff/review/{review}").text)["beside"]["state"] == "gone"
    house.later(minutes=31)  # the hold is over
    assert reviewer.get(told["audio"]).status_code == 404


def test_an_item_of_one_track_has_no_lane_beside_it(house, work):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{work.flagged_review}/take")
    page = reviewer.get(f"/staff/review/{work.flagged_review}").text
    assert data_of(page)["beside"] is None
    assert "dialogue." not in page
    assert ">O</span>" not in page
