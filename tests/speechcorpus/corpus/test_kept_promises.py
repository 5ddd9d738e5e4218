"""Each promise that a version may break is named; growth, corrections and withdrawals break none."""

import pytest

from speechcorpus.corpus.differences import differences
from speechcorpus.corpus.kept_promises import Told, broken_promises
from speechcorpus.corpus.withdrawn import Withdrawn

A, B, C = (f"spk0000{n}-s0001-000001" for n in (1, 2, 3))
SPLITS = {A: "train", B: "dev", C: "test"}


def told(version="1.1.0", *, gone=(), extra=(), corpus_id="new", **speakers):
    known = {name.partition("-")[0]: split for name, split in SPLITS.items()}
    names = frozenset(gone)
    return Told(
        version=version,
        corpus_id=corpus_id,
        release={"speakers": {**known, **speakers}, "extra": [list(entry) for entry in extra]},
        withdrawn=Withdrawn(
            speakers=frozenset(n for n in names if "-" not in n),
            clips=frozenset(n for n in names if "-" in n),
        ),
    )


def table(*names, **changes):
    return [
        {"utt_id": n, "split": changes.get(n, SPLITS.get(n, "train")), "text": "好", "sha256": n}
        for n in names
    ]


def broken(new, rows, old=None, before=None):
    old = old or told("1.0.0", corpus_id="old")
    before = table(A, B, C) if before is None else before
    return list(broken_promises(old, new, differences(before, rows, tuple(new.extra))))


def test_growth_a_withdrawal_and_a_text_that_now_leaks_break_nothing():
    assert broken(told(), table(A, B, C, "spk00004-s0001-000001")) == []
    assert broken(told(gone=[A]), table(B, C)) == []
    assert broken(told(gone=["spk00001"]), table(B, C)) == []
    assert broken(told(extra=[(B, "dev", "train", "split.sentence-across")]), table(A, C)) == []


@pytest.mark.parametrize(
    ("new", "rows", "said"),
    [
        (told(), table(B, C), f"{A} was published and is gone without a withdrawal"),
        (told(spk00001="dev"), table(A, B, C), "spk00001 changed from train to dev within major version 1"),
        (told(), table(A, B, C, **{A: "dev"}), f"{A} changed from train to dev within major version 1"),
        (
            told(extra=[(A, "train", "dev", "split.sentence-across")]),
            table(B, C),
            f"{A} left train for extra",
        ),
        (told(extra=[(B, "dev", "dev", "split.over-cap")]), table(A, C), f"{B} left dev for extra"),
        (told("1.0.0"), table(A, B, C), "1.0.0 was published with the corpus id old; this is new"),
    ],
)
def test_each_broken_promise_has_its_sentence(new, rows, said):
    (sentence,) = broken(new, rows)
    assert sentence.startswith(said)


def test_other_audio_under_a_known_id_is_named():
    (said,) = broken(told(), [{**row, "sha256": "other"} for row in table(A)] + table(B, C))
    assert said == f"{A} is other audio under the same id: sha256 is another"


def test_a_withdrawn_name_is_never_used_again_and_never_forgotten():
    old = told("1.0.0", gone=[A, "spk00009"])
    assert broken(told(gone=[A, "spk00009"]), table(A, B, C), old, table(B, C)) == [
        f"{A} was withdrawn, and its id is used again"
    ]
    again = broken(told(gone=[A, "spk00009"], spk00009="dev"), table(B, C), old, table(B, C))
    assert again == ["spk00009 was withdrawn, and its id is used again"]
    assert broken(told(gone=["spk00009"]), table(B, C), old, table(B, C)) == [
        f"{A} is in the register of withdrawals before, and not in this one"
    ]


def test_a_new_major_version_may_draw_splits_anew_but_not_use_a_withdrawn_name():
    assert broken(told("2.0.0", spk00001="dev"), table(A, B, **{A: "dev"})) == []
    old = told("1.0.0", gone=[A])
    assert len(broken(told("2.0.0", gone=[A]), table(A, B, C), old, table(B, C))) == 1
