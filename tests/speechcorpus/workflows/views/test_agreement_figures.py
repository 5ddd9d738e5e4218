"""What a reviewer, a manager and a contributor see of how well is judged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.workflows.views.agreement_figures import agreement_figures
from speechcorpus.workflows.views.project_fairness import project_fairness
from speechcorpus.workflows.views.reviewer_figures import own_figures
from tests.panel import ACCEPT, Panel
from tests.stage import set_stage

VOICE = "noise.third-voice"
WORDS = "transcript.not-verbatim"


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now)


@pytest.fixture
def panel(stage, now):
    return Panel(store=stage.store, project_id=stage.project_id, now=now)


def manager_sees(stage, now, reviewer=None):
    return agreement_figures(stage.store, stage.manager, None, reviewer, now=now)


def question(view, name):
    return next(row.agreement for row in view.questions if row.question == name)


def test_only_items_drawn_for_two_say_how_well_people_agree(stage, panel, now):
    for n in range(12):
        panel.item(f"c{n}", ("ann", VOICE if n < 2 else ACCEPT), ("ben", ACCEPT), double=True)
        panel.item(f"c{n}", ("ann", VOICE), ("ben", VOICE), purpose="second")  # asked because ann rejected
    panel.keep()
    view = manager_sees(stage, now)
    assert view.doubles == 12
    code, line = question(view, VOICE), question(view, "record")
    assert (code.both_yes, code.differing, code.both_no) == (0, 2, 10)
    assert (line.both_yes, line.differing) == (10, 2)


def test_a_bad_text_is_no_disagreement_about_the_recording(stage, panel, now):
    panel.item("c1", ("ann", WORDS), ("ben", ACCEPT), double=True)
    panel.keep()
    view = manager_sees(stage, now)
    assert (question(view, "record").differing, question(view, "transcribe").differing) == (0, 1)


def test_a_reviewer_is_compared_by_question_variety_and_band(stage, panel, now):
    panel.item("c1", ("ann", VOICE), ("ben", VOICE), double=True)
    panel.item("c2", ("ann", ACCEPT), ("cyd", VOICE), double=True, band="high")
    panel.item("c3", ("ben", VOICE), ("cyd", ACCEPT), double=True)
    panel.keep()
    cells = {
        (cell.question, cell.variety, cell.band): (cell.agreement.doubles, cell.agreement.same.value)
        for cell in manager_sees(stage, now, "ann").chosen.cells
    }
    assert cells[VOICE, None, None] == (2, 0.5)
    assert cells[VOICE, "nan-TW", "low"] == (1, 1.0)
    assert cells[VOICE, "nan-TW", "high"] == (1, 0.0)
    assert {name for name, _, _ in cells} == {"record", "transcribe", VOICE}


def test_drift_is_told_week_by_week_with_gold_beside_it(stage, panel, now):
    panel.item("c1", ("ann", VOICE), ("ben", ACCEPT), double=True, at=now - timedelta(weeks=3))
    panel.item("c2", ("ann", VOICE), ("ben", VOICE), double=True)
    panel.gold("ann", VOICE, ACCEPT)
    panel.keep()
    weeks = manager_sees(stage, now, "ann").chosen.weeks
    assert [week.agreement.same.value if week.agreement else None for week in weeks[-4:]] == [
        0,
        None,
        None,
        1,
    ]
    assert (weeks[-1].gold.hits, weeks[-1].gold.of, len(weeks)) == (0, 1, 12)


def test_a_reviewer_sees_only_their_own_figures_and_nothing_of_today(stage, panel, now):
    yesterday = now - timedelta(days=1)
    panel.item("c1", ("ann", VOICE), ("ben", ACCEPT), double=True, at=yesterday)
    panel.item("c2", ("ben", VOICE), ("cyd", ACCEPT), double=True, at=yesterday)
    panel.gold("ann", VOICE, VOICE, at=yesterday)
    panel.item("c3", ("ann", VOICE), ("ben", VOICE), double=True)
    panel.gold("ann", VOICE, ACCEPT)
    panel.keep()
    ann = Actor(role="reviewer", id="ann")
    seen = own_figures(stage.store, ann, now=now)
    assert (seen.name, seen.decisions, seen.doubles) == ("ann", 1, 1)
    assert [(each.code, each.right.hits, each.right.of) for each in seen.gold] == [(VOICE, 1, 1)]
    tomorrow = own_figures(stage.store, ann, now=now + timedelta(days=1))
    assert (tomorrow.decisions, tomorrow.doubles, tomorrow.gold[0].right.of) == (2, 2, 2)
    with pytest.raises(AccessError):
        agreement_figures(stage.store, ann, now=now)
    with pytest.raises(AccessError):
        own_figures(stage.store, stage.manager, now=now)


def test_bias_is_looked_for_where_chance_alone_picked_the_items(stage, panel, now):
    panel.groups = {f"c{n}": {"gender": "f" if n % 2 else "m"} for n in range(24)}
    for n in range(240):
        strict = n % 2 == 1 and n % 3 == 0  # ann refuses a third of the women's items
        panel.item(f"c{n % 24}", ("ann", VOICE if strict else ACCEPT))
        panel.item(f"c{n % 24}", ("ben", ACCEPT))
        panel.item(f"c{n % 24}", ("ben", VOICE), purpose="flagged")  # flagged ones may well be refused
    panel.keep()
    view = manager_sees(stage, now)
    alarms = {(cell.reviewer, cell.dimension, cell.group) for cell in view.bias if cell.alarm}
    assert ("ann", "gender", "f") in alarms
    assert ("ann", "gender", "m") not in alarms
    women = next(c for c in view.bias if (c.reviewer, c.group) == ("ann", "f"))
    assert (women.refused.hits, women.refused.of, women.pool.hits) == (40, 120, 0)
    rejects = {row.name: (row.rejects.hits, row.rejects.of) for row in view.reviewers}
    assert rejects == {"ann": (40, 240), "ben": (0, 240)}


def test_a_pair_that_accepts_each_other_is_named_by_pseudonym(stage, panel, now):
    for n in range(40):
        panel.item("friend", ("ann", ACCEPT))
        panel.item("friend", ("ben", VOICE if n % 2 else ACCEPT))
        panel.item("stranger", ("ann", VOICE if n % 2 else ACCEPT))
    panel.keep()
    (pair,) = manager_sees(stage, now).pairs
    assert {manager_sees(stage, now).names[person] for person in pair.people} == {"ann", "P-friend"}


def test_every_contributor_sees_the_published_figures(stage, panel, now):
    for n in range(4):
        segment = panel.item(
            f"c{n}", ("ann", VOICE), ("ben", VOICE), double=True, after=timedelta(hours=2 * n + 1)
        )
        panel.refused(segment, code=VOICE, appeal="overturned" if n == 0 else None)
    panel.keep()
    (fair,) = project_fairness(stage.store, stage.contributor())
    figures = fair.figures
    assert (figures.refused.hits, figures.refused.of) == (4, 4)
    assert (figures.overturned.hits, figures.overturned.of) == (1, 1)
    assert (figures.lapsed.hits, figures.lapsed.of, figures.answer) == (0, 4, timedelta(hours=4))
    assert figures == manager_sees(stage, now).figures
    assert fair.answer_h == 72
    with pytest.raises(AccessError):
        project_fairness(stage.store, stage.manager)


def test_nothing_decided_is_an_empty_page_and_an_unknown_reviewer_is_none(stage, now):
    view = manager_sees(stage, now)
    assert (view.questions, view.reviewers, view.bias, view.pairs) == ((), (), (), ())
    assert view.figures.answer is None
    with pytest.raises(AccessError):
        manager_sees(stage, now, "nobody")
    stranger = replace(stage.manager, id="nobody")
    with pytest.raises(AccessError):
        agreement_figures(stage.store, stranger, now=now)
