"""What machines ask of the house: is it there, can it take work, what are its figures."""

import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from recorder_web.api.pace import Pace
from recorder_web.house import Remembered, keep_metrics_token
from recorder_web.strangers import TRIES_PER_S
from speechcorpus.store.counters import Counters
from speechcorpus.store.jobs import enqueue
from speechcorpus.workflows.at_work import JOB_SECONDS
from speechcorpus.workflows.house_checks import why_not_ready
from speechcorpus.workflows.upkeep import note_upkeep

TOKEN = "a-token-of-this-test"


def readyz(house):
    house.app.extensions["speechcorpus.ready"] = Remembered(
        house.app.extensions["speechcorpus.ready"]._ask, -1.0
    )
    return house.app.test_client().get("/readyz")


def figures(house, token=TOKEN):
    path = house.store.data_dir / "keys" / "metrics.token"
    path.write_text(TOKEN)
    said = {"Authorization": f"Bearer {token}"} if token else {}
    return house.app.test_client().get("/metrics", headers=said)


def rows(text):
    """Name and labels of every sample with its value."""
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_a_house_that_can_work_is_ready(house):
    answer = readyz(house)
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "reasons": []})


def test_tables_of_another_version_are_no_place_to_send_people(house):
    with closing(sqlite3.connect(house.store.data_dir / "catalogue.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    answer = readyz(house)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert [each["code"] for each in answer.json["reasons"]] == ["database.version"]
    assert house.app.test_client().get("/healthz").status_code == 200


def test_a_folder_that_went_away_is_said_in_words_without_its_place(house):
    shutil.rmtree(house.store.blobs.root)
    answer = readyz(house)
    assert answer.json["reasons"] == [
        {"code": "storage.away", "reason": "the folder or store of recordings does not answer"}
    ]
    assert str(house.store.data_dir) not in answer.text


def test_a_disk_in_its_reserve_is_not_ready(house):
    free = shutil.disk_usage(house.store.data_dir).free
    assert [each.code for each in why_not_ready(house.store, reserve_bytes=2 * free)] == ["storage.full"]


@pytest.mark.parametrize("token", [None, "", "another"])
def test_the_figures_are_for_nobody_without_the_token(house, token):
    assert figures(house, token).status_code == 404
    assert house.staff("operator").get("/metrics").status_code == 404


def test_wrong_tokens_are_held_at_their_pace_and_the_good_one_passes_at_any(house):
    house.app.extensions["speechcorpus.pace.tries"] = Pace(per_s=TRIES_PER_S, clock=lambda: 0.0)
    tried = [figures(house, f"wrong-{n}").status_code for n in range(3 * TRIES_PER_S)]
    assert tried == [404] * 2 * TRIES_PER_S + [429] * TRIES_PER_S
    assert figures(house).status_code == 200
    assert figures(house, None).status_code == 404  # who tries nothing is told nothing


def test_the_token_is_made_once_for_the_owner_alone(tmp_path):
    path = tmp_path / "keys" / "metrics.token"
    keep_metrics_token(path)
    made = path.read_text()
    keep_metrics_token(path)
    assert path.read_text() == made
    assert (len(made), path.stat().st_mode & 0o777) == (44, 0o600)


def test_requests_are_counted_by_pattern_and_never_by_what_was_asked(house, work):
    work.ann.get(f"/record/{work.ann_claim}")
    work.ann.get(f"/record/{work.ben_claim}")
    work.ann.get("/nowhere/at/all?token=secret")
    text = figures(house).text
    told = rows(text)
    name = 'speechcorpus_requests_total{method="GET",route="/record/<claim_id>",status="%d"}'
    assert (told[name % 200], told[name % 404]) == (1, 1)
    assert told['speechcorpus_requests_total{method="GET",route="(none)",status="404"}'] == 1
    for private in (work.ann_claim, work.ben_claim, "nowhere", "secret", "c-0"):
        assert private not in text


def test_the_buckets_of_a_histogram_grow_to_its_count(house):
    for _ in range(3):
        house.app.test_client().get("/healthz")
    told = rows(figures(house).text)
    buckets = [
        value for name, value in told.items() if "request_seconds_bucket" in name and '"/healthz"' in name
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == told['speechcorpus_request_seconds_count{route="/healthz"}'] == 3


def test_what_waits_in_the_queue_is_told_with_its_age(house):
    with house.store.catalogue.write() as session:
        enqueue(session, "draw_item", {"segment_id": "x"}, now=house.now)
    house.later(seconds=90)
    told = rows(figures(house).text)
    assert told['speechcorpus_jobs{kind="draw_item",state="queued"}'] == 1
    assert (told["speechcorpus_queue_age_seconds"], told["speechcorpus_jobs_dead"]) == (90, 0)
    assert told["speechcorpus_ready"] == 1
    assert told["speechcorpus_disk_free_bytes"] > 0


def test_when_the_house_was_looked_after_is_told(house):
    with house.store.catalogue.write() as session:
        note_upkeep(session, "backup", {"faults": 2}, now=house.now)
    house.later(hours=1)
    told = rows(figures(house).text)
    assert told['speechcorpus_upkeep_age_seconds{what="backup"}'] == 3600
    assert told['speechcorpus_upkeep_faults{what="backup"}'] == 2


def test_what_other_processes_counted_is_in_the_figures_too(house):
    worker = Counters(house.store.data_dir / "run" / "counters")
    worker.add("jobs", "cut_clip", "done", by=5)
    worker.observe(0.2, JOB_SECONDS, "job_s", "cut_clip")
    worker.flush()
    told = rows(figures(house).text)
    assert told['speechcorpus_jobs_total{kind="cut_clip",ended="done"}'] == 5
    assert told['speechcorpus_job_seconds_bucket{kind="cut_clip",le="0.3"}'] == 1


def test_figures_are_in_the_form_that_prometheus_reads(house):
    sample = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? (\+Inf|-?[0-9.e+-]+)')
    answer = figures(house)
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    for line in answer.text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) [a-z_]+ .+", line) or sample.fullmatch(line), line


def test_every_answer_carries_an_id_that_its_line_in_the_log_has_too(house):
    first, second = (house.app.test_client().get("/").headers["X-Request-Id"] for _ in range(2))
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert first != second
