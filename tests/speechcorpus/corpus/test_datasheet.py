"""The datasheet asks everything, answers from the data, and leaves nothing blank."""

import re

import pytest

from speechcorpus.corpus.card import card
from speechcorpus.corpus.datasheet import NOT_ASKED, datasheet
from speechcorpus.corpus.datasheet_questions import KEYS, QUESTIONS
from speechcorpus.corpus.settings import ReleaseSettings
from speechcorpus.corpus.statistics import gather
from speechcorpus.domain.errors import ReleaseError
from tests.release_corpus import made_clips, planned

PLAN = planned(made_clips(), include_synthetic=True)
PAID = {"hourly_minor": {"q25": 21000, "median": 25000, "q75": 30000}, "timed_claims": 40, "timed_people": 7}


def sheet(**changes) -> str:
    return datasheet({**PLAN.release, **changes}, gather(PLAN.rows))


def answer(text: str, question: str) -> str:
    return re.search(rf"\*\*{re.escape(question)}\*\* (.+)", text)[1]


def test_all_seven_headings_stand_in_order_and_no_question_is_left_blank():
    text = sheet()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(QUESTIONS)
    for questions in QUESTIONS.values():
        for _, question in questions:
            assert answer(text, question).strip()
    assert len(KEYS) == sum(map(len, QUESTIONS.values())) >= 50
    assert answer(text, "Who paid for it?") == NOT_ASKED


def test_what_the_maintainers_say_replaces_what_the_data_says_in_one_paragraph():
    text = sheet(datasheet={"funding": "A grant.\n\n## Motivation\nof ours"})
    assert answer(text, "Who paid for it?") == "A grant. ## Motivation of ours"
    assert sum(line.startswith("## ") for line in text.splitlines()) == 7


def test_pay_for_an_hour_is_the_median_with_quartiles_and_is_withheld_for_a_few_people():
    asked = "What were they paid for an hour?"
    collection = {**PLAN.release["collection"], **PAID}
    said = answer(sheet(collection=collection), asked)
    assert "25000 in the median, quartiles 21000 and 30000, over 40 timed claims of 7 people" in said
    few = {**collection, "hourly_minor": None, "timed_people": 3}
    said = answer(sheet(collection=few), asked)
    assert "25000" not in said
    assert "3 people" in said


def test_refusals_and_appeals_are_rates_of_what_was_decided():
    counted = {**PLAN.release["collection"], "decided": 60, "refused": 3, "appeals": 2, "overturned": 1}
    said = answer(sheet(collection=counted), "How much work was refused, and how often was that appealed?")
    assert "3 of 60 decided price lines were refused (5.0 %)" in said
    assert "2 refusals were appealed (50.0 %), 1 of these ended in favour" in said


def test_an_answer_to_no_question_is_refused_by_name():
    with pytest.raises(ReleaseError, match="has no question 'fundng'") as caught:
        ReleaseSettings(datasheet={"fundng": "A grant."})
    assert caught.value.code == "release.settings"


def test_few_speaker_groups_are_told_in_plan_card_and_datasheet():
    assert "split.few-speakers" in PLAN.warnings
    assert "`split.few-speakers`" in sheet()
    assert "**`split.few-speakers`**" in card(PLAN.release, gather(PLAN.rows), 0)
    enough = planned(made_clips(speakers=24, clips=96), include_synthetic=True)
    assert "split.few-speakers" not in enough.warnings
    assert "few-speakers" not in card(enough.release, gather(enough.rows), 0)


def test_the_card_tells_how_to_delete_a_withdrawn_voice_and_which_key_signs():
    text = card({**PLAN.release, "key_fingerprint": "ab" * 32}, gather(PLAN.rows), 0)
    command = "speechcorpus release apply-withdrawals test-corpus-1.0.0 --feed withdrawals.jsonl"
    assert command in text
    assert "/releases/test-corpus/withdrawals.jsonl" in text
    assert "ab" * 32 in text
    assert "`test-corpus-1.0.0-extra`" in text


def test_the_head_of_the_card_has_its_keys_in_order_and_only_the_languages_that_are_there():
    rows = [row for row in PLAN.rows if row["language"] == "nan-TW"]
    head = card(PLAN.release, gather(rows), 0).split("---\n")[1]
    keys = [line.partition(":")[0] for line in head.splitlines() if not line.startswith(" ")]
    assert keys == [
        *("pretty_name", "language", "license", "task_categories", "size_categories", "tags", "configs")
    ]
    assert 'language: ["nan"]\n' in head
