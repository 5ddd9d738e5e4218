"""The runner prints what was measured, and nothing else."""

from tests.rig.failures import NAMES, Collector, Line, Trial


def trial(outcome: str, said: str, form: str = "short") -> Trial:
    return Trial(test="t", outcome=outcome, form=form, said=said)


def test_a_line_names_the_failure_the_forms_and_what_was_measured():
    line = Line(number=3, trials=[trial("ok", "0 ms lost"), trial("ok", "2 ms lost", "full")])
    assert (line.outcome, line.form) == ("ok", "short + full")
    first, second = str(line).splitlines()
    assert first.split() == ["3", *NAMES[3].split(), "short", "+", "full", "ok", "0", "ms", "lost"]
    assert second.strip() == "2 ms lost"


def test_one_that_failed_outweighs_all_that_held():
    assert Line(number=1, trials=[trial("ok", ""), trial("failed", "")]).outcome == "failed"


def test_a_failure_nobody_tried_is_never_ok():
    for number, line in zip(NAMES, Collector().lines(), strict=True):
        assert line.number == number
        assert line.outcome == "skipped"
        assert "–" in str(line)


def test_all_twenty_failures_have_a_line():
    assert list(NAMES) == list(range(1, 21))
