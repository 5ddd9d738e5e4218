"""A long sitting: sentences nobody can say are skipped, breaks are taken, topics are told in pieces."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Project, PromptSkip, Sitting, Task
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.projects import import_prompts, make_tasks
from tests.rig.noise import RATE_HZ
from tests.rig.recorder import RecorderPage
from tests.rig.server import free_port, serving
from tests.rig.studio import Studio, open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]


def skips(studio: Studio) -> list[tuple[str, str, str | None, bool]]:
    """Each skip the server knows: prompt, reason, words, whether it stands."""
    with studio.store.catalogue.read() as session:
        rows = session.scalars(select(PromptSkip).order_by(PromptSkip.id)).all()
        return [(row.prompt_id, row.reason, row.words, row.taken_back_at is None) for row in rows]


def test_a_sentence_is_skipped_with_keys_alone_and_recorded_after_all(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with serving(studio.data, workers=0) as address, studio.recorder(address) as recorder:
        page = recorder.page
        recorder.switch_on()
        page.keyboard.press("s")
        page.locator("#skip-sheet[open]").wait_for()
        page.keyboard.press("Space")  # the first reason
        for _ in range(5):
            page.keyboard.press("ArrowDown")  # the last one
        page.keyboard.press("Tab")
        page.keyboard.type("b s p 字看無")  # keys of the page are letters here
        page.keyboard.press("Enter")
        expect(page.locator("#skip-sheet[open]")).to_have_count(0)
        expect(page.locator("#progress")).to_have_text("錄好 0 句，還有 1 句跳過 1 句")
        expect(page.locator(".prompt .small", has_text="第 2 句")).to_be_visible()
        assert page.locator("#recorder").get_attribute("data-state") == "armed"
        page.wait_for_timeout(500)
        assert skips(studio) == [("p0", "other", "b s p 字看無", True)]
        page.reload()
        recorder.switch_on()
        page.locator("#previous").click()
        expect(page.locator("#skipped")).to_contain_text("其他")
        recorder.record(1)
        expect(page.locator("#skipped")).to_have_count(0)
        page.wait_for_timeout(500)
        assert skips(studio)[0][3] is False


def test_a_skip_waits_for_the_server_and_outlives_the_page(tmp_path: Path) -> None:
    studio, port = open_studio(tmp_path), free_port()
    with serving(studio.data, workers=0, port=port) as address, studio.recorder(address) as recorder:
        page = recorder.page
        page.context.set_offline(True)
        page.locator("#skip").click()
        page.locator("#skip-sheet[open]").wait_for()
        page.get_by_label("不會念").check()
        page.locator("#skip-go").click()
        expect(page.locator("#progress")).to_contain_text("跳過 1 句")
        page.wait_for_timeout(1500)
        assert skips(studio) == []
        page.context.set_offline(False)
        page.goto("about:blank")  # closed before anything was told
        page.goto(f"{address}/record/{studio.claim}")
        expect(page.locator("#progress")).to_contain_text("跳過 1 句")
        page.wait_for_timeout(1500)
        assert skips(studio) == [("p0", "cannot-read", None, True)]


def test_nothing_is_recorded_on_a_break_and_one_press_leads_back(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with serving(studio.data, workers=0) as address, studio.recorder(address) as recorder:
        page = recorder.page
        recorder.switch_on()
        recorder.record(1)
        page.locator("#rest").click()
        expect(page.get_by_role("heading", name="休息中")).to_be_visible()
        expect(page.locator("#record")).to_be_disabled()
        page.wait_for_timeout(1500)
        assert sitting(studio).state == "paused"
        takes = recorder.takes()
        page.keyboard.press("Backspace")
        page.wait_for_timeout(300)
        assert recorder.takes() == takes
        page.keyboard.press("Space")
        expect(page.locator("#record")).to_be_enabled()
        page.wait_for_timeout(1500)
        assert sitting(studio).state == "open"
        recorder.record(1)
        assert [take["track"] for take in recorder.takes()] == ["room", "main", "main"]


def sitting(studio: Studio) -> Sitting:
    with studio.store.catalogue.read() as session:
        return session.scalars(select(Sitting)).one()


def with_topic(folder: Path, *, target_s: int) -> Studio:
    """A studio whose claim is one topic card."""
    changes = {'styles = ["read"]': 'styles = ["read", "monologue"]', "max_active = 1": "max_active = 2"}
    studio = open_studio(folder, **changes)
    row = {"id": "t0", "kind": "monologue", "variety": "nan-TW", "text": "講你的庄頭。", "reading": None}
    now, store = datetime.now(UTC), studio.store
    manager = Actor(role="manager", id=create_staff(store, name="M", role="manager", now=now))
    with store.catalogue.read() as session:
        project = session.scalars(select(Project.id)).one()
    rows = [{**row, "licence": "CC0-1.0", "target_s": target_s}]
    import_prompts(store, manager, project, rows, now)
    make_tasks(store, manager, project, items_per_task=1, now=now)
    with store.catalogue.read() as session:
        task = session.scalars(select(Task.id).where(Task.style == "monologue", Task.band == "low")).one()
    return replace(studio, claim=claim_task(store, studio.actor, task, now=now))


def spoken_s(recorder: RecorderPage) -> int:
    takes = [str(take["take"]) for take in recorder.takes() if take["track"] == "main"]
    assert len(takes) == 2
    return sum(len(recorder.local(take).codes) for take in takes) // RATE_HZ


def test_every_take_about_a_topic_counts_against_its_target(tmp_path: Path) -> None:
    studio = with_topic(tmp_path, target_s=6)
    with serving(studio.data, workers=0) as address, studio.recorder(address) as recorder:
        page = recorder.page
        expect(page.locator("#progress")).to_contain_text("這個題目講了 0:00／目標 0:06")
        recorder.switch_on()
        recorder.record(2)
        recorder.all_safe(2)
        page.locator("#redo").click()  # says: some more
        page.locator('.recbar__state[data-live="true"]').wait_for()
        page.wait_for_timeout(2000)
        page.keyboard.press("Space")
        recorder.state("armed")
        expect(page.locator("ol.takes li[data-take]")).to_have_count(2)
        recorder.all_safe(3)
        spoken = spoken_s(recorder)
        said = f"這個題目講了 0:{spoken:02d}／目標 0:06"
        expect(page.locator("#progress")).to_contain_text(said)
        page.reload()
        expect(page.locator("ol.takes li[data-take]")).to_have_count(2)
        expect(page.locator("#progress")).to_contain_text(said)
