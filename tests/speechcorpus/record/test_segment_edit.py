"""Cuts, joins and moves by hand never lose a word, and can be taken back to the letter."""

from dataclasses import replace

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.errors import SittingError, SpeechCorpusError, TranscriptError
from speechcorpus.record.segment_edit import Edit, Part, applied, merge, move, split, spoken, taken_back

RATE_HZ = 16_000
FRAMES = 60 * RATE_HZ
# marks, a blank, a decomposed tone, characters beyond the BMP, Latin
SIGNS = st.sampled_from(
    ["食", "飽", "未", "𪜶", "𠢕", "，", "。", "？", " ", "a", "OK", "o\u030d", "tâi", "3"]
)
TEXTS = st.lists(SIGNS, max_size=12).map("".join).map(str.strip)


@st.composite
def takes(draw: st.DrawFn) -> dict[str, Part]:
    """Segments of two lanes, side by side in each."""
    parts, number = {}, 0
    for speaker in (None, "b"):
        at = 0
        for length, gap in draw(st.lists(st.tuples(st.floats(0.3, 8), st.floats(0, 2)), max_size=4)):
            start, end = at, at + round(length * RATE_HZ) + 1
            part = Part(
                id=f"s{number}", start_sample=start, end_sample=end, speaker=speaker, text=draw(TEXTS)
            )
            parts[part.id] = part
            at, number = end + round(gap * RATE_HZ), number + 1
    return parts


def some_edit(parts: dict[str, Part], pick: int, x: int, y: int) -> Edit | None:
    """An edit that the numbers choose; None where they ask for one that is refused."""
    if not parts:
        return None
    chosen = parts[sorted(parts)[x % len(parts)]]
    lane = sorted((p for p in parts.values() if p.speaker == chosen.speaker), key=lambda p: p.start_sample)
    try:
        if pick == 0:
            at = chosen.start_sample + x % (chosen.end_sample - chosen.start_sample)
            return split(chosen, at, y % (len(chosen.text) + 1), new_id=f"n{x}-{y}", rate_hz=RATE_HZ)
        if pick == 1:
            following = lane[(lane.index(chosen) + 1) % len(lane)]
            return merge(chosen, following, rate_hz=RATE_HZ)
        edges = (chosen.start_sample + x % 999, chosen.end_sample + y % 999)
        return move(chosen, *edges, others=parts.values(), frames=FRAMES, rate_hz=RATE_HZ)
    except TranscriptError:
        return None


CHOICES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=12)


@settings(max_examples=200, deadline=None)
@given(parts=takes(), choices=CHOICES)
def test_what_was_written_stays_through_any_edits_and_undoing_them_all_is_exact(parts, choices):
    lanes = {speaker: spoken_by(parts, speaker) for speaker in (None, "b")}
    now, done = dict(parts), []
    for choice in choices:
        edit = some_edit(now, *choice)
        if edit is None or any(part.id in now and part not in edit.before for part in edit.after[1:]):
            continue
        now = applied(now, edit)
        done.append(edit)
        assert {speaker: spoken_by(now, speaker) for speaker in lanes} == lanes
        assert edit.after[0].id == edit.before[0].id
    for edit in reversed(done):
        now = applied(now, taken_back(edit))
    assert now == parts


def spoken_by(parts: dict[str, Part], speaker: str | None) -> str:
    return spoken(part for part in parts.values() if part.speaker == speaker)


WHOLE = Part(id="a", start_sample=0, end_sample=2 * RATE_HZ, speaker=None, text="食飽未？我食飽矣。")


def halves(text: str, at: int) -> list[str]:
    edit = split(replace(WHOLE, text=text), RATE_HZ, at, new_id="b", rate_hz=RATE_HZ)
    return [part.text for part in edit.after]


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("食飽未？我。", 3, ["食飽未？", "我。"]),
        ("食飽未？我。", 4, ["食飽未？", "我。"]),
        ("guá beh khì", 3, ["guá", "beh khì"]),
        ("guá beh khì", 4, ["guá", "beh khì"]),
        ("𪜶去。", 1, ["𪜶", "去。"]),
        ("好。", 2, ["好。", ""]),
        ("好。", 0, ["", "好。"]),
        ("", 0, ["", ""]),
    ],
)
def test_a_text_is_cut_where_one_said_and_no_half_begins_with_a_mark(text, at, expected):
    assert halves(text, at) == expected


@pytest.mark.parametrize(("text", "at"), [("o\u030d好", 1), ("好", 2), ("👩\u200d👧", 1), ("👩\u200d👧", 2)])
def test_a_sign_of_several_code_points_is_not_torn(text, at):
    with pytest.raises(TranscriptError) as caught:
        halves(text, at)
    assert caught.value.code == "segment.text-place"


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("食飽", "未？", "食飽未？"),
        ("OK", "啦", "OK啦"),
        ("guá", "beh", "guá beh"),
        ("lo\u030d", "khì", "lo\u030d khì"),
        ("saⁿ", "lâng", "saⁿ lâng"),
        ("tai5", "uan5", "tai5 uan5"),
        ("ho\u0358", "Ⓐ", "ho\u0358Ⓐ"),
        ("\uff2f\uff2b", "\uff2f\uff2b", "\uff2f\uff2b \uff2f\uff2b"),
        ("3", "隻", "3隻"),
        ("", "未？", "未？"),
        ("食飽", "", "食飽"),
        ("好。", "OK", "好。OK"),
    ],
)
def test_two_texts_become_one_with_a_blank_only_between_latin_words(first, second, joined):
    parts = [replace(WHOLE, text=first), replace(WHOLE, id="b", start_sample=2 * RATE_HZ, text=second)]
    parts[1] = replace(parts[1], end_sample=3 * RATE_HZ)
    assert merge(*parts, rate_hz=RATE_HZ).after[0].text == joined


WORDS = st.sampled_from(
    ["食", "𪜶", "飽。", "OK", "saⁿ", "ho\u0358", "o\u030d", "n\u0304g", "tâi", "tai5", "uan5", "ŉ", "\uff54"]
)


def words_of(text: str) -> list[str]:
    return regex.findall(r"\p{Han}|[\p{Latin}\p{M}0-9]+", text)


@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(WORDS, min_size=1, max_size=4))
def test_joining_two_texts_glues_no_words_and_parts_none(first, second):
    texts = [" ".join(first), " ".join(second)]
    parts = [replace(WHOLE, text=text) for text in texts]
    parts[1] = replace(parts[1], id="b", start_sample=2 * RATE_HZ, end_sample=3 * RATE_HZ)
    joined = merge(*parts, rate_hz=RATE_HZ).after[0].text
    assert words_of(joined) == words_of(texts[0]) + words_of(texts[1])
    assert (" " in joined[len(texts[0]) : -len(texts[1])]) == all(
        regex.search(r"\p{Latin}", word) for word in (first[-1], second[0])
    )


def refusal(code: str, call) -> None:
    with pytest.raises(SpeechCorpusError) as caught:
        call()
    assert caught.value.code == code


def test_what_makes_no_segment_is_refused_by_its_code():
    later = replace(WHOLE, id="b", start_sample=3 * RATE_HZ, end_sample=31 * RATE_HZ)
    other = replace(later, speaker="b", end_sample=4 * RATE_HZ)
    moved = {"frames": FRAMES, "rate_hz": RATE_HZ}
    refusal("segment.outside", lambda: split(WHOLE, 0, 0, new_id="n", rate_hz=RATE_HZ))
    refusal("segment.too-short", lambda: split(WHOLE, 4_799, 0, new_id="n", rate_hz=RATE_HZ))
    refusal("segment.too-long", lambda: merge(WHOLE, later, rate_hz=RATE_HZ))
    refusal("segment.order", lambda: merge(later, WHOLE, rate_hz=RATE_HZ))
    refusal("segment.order", lambda: merge(WHOLE, WHOLE, rate_hz=RATE_HZ))
    refusal("segment.lane", lambda: merge(WHOLE, other, rate_hz=RATE_HZ))
    refusal("segment.outside", lambda: move(WHOLE, 0, FRAMES + 1, others=[], **moved))
    refusal("segment.too-long", lambda: move(WHOLE, 0, 31 * RATE_HZ, others=[], **moved))
    refusal("segment.overlap", lambda: move(WHOLE, 0, 3 * RATE_HZ + 1, others=[later], **moved))


def test_segments_of_another_speaker_may_overlap():
    other = replace(WHOLE, id="b", speaker="b")
    edit = move(WHOLE, 0, RATE_HZ, others=[WHOLE, other], frames=FRAMES, rate_hz=RATE_HZ)
    assert edit.after[0].end_sample == RATE_HZ


def test_an_edit_of_segments_that_changed_meanwhile_is_refused():
    edit = split(WHOLE, RATE_HZ, 3, new_id="b", rate_hz=RATE_HZ)
    with pytest.raises(SittingError, match="the segments have been changed meanwhile"):
        applied({"a": replace(WHOLE, text="無仝款。")}, edit)
