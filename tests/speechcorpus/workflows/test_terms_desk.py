"""A draft is kept as it is written, its fault is named by line, and it is published once, for new claims."""

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import AccessError, SittingError, TermsError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Audit, Claim, Task, TermsDraft, TermsVersion
from speechcorpus.work.terms_text import terms_toml
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.terms_desk import drop_draft, publish_draft, save_draft
from speechcorpus.workflows.views.terms_page import terms_page
from tests.stage import set_stage, terms_text

TEXTS = dict.fromkeys(("zh-Hant", "zh-Hans", "nan-Hant", "en"), "同意。")


def open_stage(store, now):
    line = next(line for line in terms_text().splitlines() if line.startswith("sha256"))
    return set_stage(store, now, **{line: f'sha256 = "{keep_consent_texts(store, TEXTS)}"'})


@pytest.fixture
def stage(sqlite_store, now):
    return open_stage(sqlite_store, now)


def text_of(stage):
    with stage.store.catalogue.read() as session:
        return terms_toml(Terms.from_document(newest_terms(session, stage.project_id).document))


@pytest.fixture
def text(stage):
    return text_of(stage)


def page(stage):
    return terms_page(stage.store, stage.manager, locale="zh-Hant")


def save(stage, text, version=0):
    return save_draft(stage.store, stage.manager, stage.project_id, text, version=version, now=stage.now)


def publish(stage, sha256):
    return publish_draft(stage.store, stage.manager, stage.project_id, terms_sha256=sha256, now=stage.later)


def raised(text, version="1.1.0"):
    return text.replace('version = "1.0.0"', f'version = "{version}"')


FAULTS = (
    ('version = "1.0.0"', 'version = "1.0.0"', "project.version", "above 1.0.0"),
    ('version = "1.0.0"', 'version = "0.9.0"', "project.version", "above 1.0.0"),
    ('id = "taigi-noise"', 'id = "other"', "project.id", "terms of taigi-noise"),
    ('variety = "nan-TW"', 'variety = "cmn-TW"', "project.variety", "another variety"),
    ('currency = "TWD"', 'currency = "USD"', "price.currency", "one currency"),
    ("answer_h = 72", "answer_h = 96", "review.answer_h", "72 h at most"),
    ("min_age = 18", "min_age =", "", "Invalid value"),
    ("min_age = 18", 'min_age = 18\ncolour = "red"', "project.colour", "unknown key"),
    ("[limits]", '[limits]\n"noise.timbre" = 1', 'limits."noise.timbre"', "no list"),
    ('sha256 = "', 'sha256 = "0000', "consent.sha256", "64 hex digits"),
)


def test_a_fault_is_named_by_key_and_line_and_the_text_is_kept(stage, text):
    for version, (old, new, key, why) in enumerate(FAULTS):
        written = (text if "version" in old else raised(text)).replace(old, new, 1)
        save(stage, written, version)
        view = page(stage)
        assert view.text == written
        assert (view.checked.terms, view.preview) == (None, None)
        fault = view.checked.fault
        assert (fault.key, why in fault.why) == (key, True), fault
        line = written[: written.index(new) + len(new) - 1].count("\n") + 1
        assert fault.line == line, (fault, new)
        with pytest.raises(TermsError) as caught:
            publish(stage, "0" * 64)
        assert (caught.value.facts["key"], caught.value.facts["line"]) == (key, line)


def test_a_consent_text_that_is_not_kept_here_is_a_fault(stage, text):
    sha = next(line for line in text.splitlines() if line.startswith("sha256"))
    save(stage, raised(text).replace(sha, f'sha256 = "{"0" * 64}"'))
    fault = page(stage).checked.fault
    assert (fault.key, "no consent text" in fault.why) == ("consent.sha256", True)


def test_published_terms_are_for_new_claims_and_open_tasks_alone(store, now):
    stage = open_stage(store, now)
    text = text_of(stage)
    held = stage.recorder()
    save(stage, raised(text).replace("minor = 1500", "minor = 2000"))
    view = page(stage)
    assert {change.key for change in view.checked.changes} == {"project.version", "price.record.minor"}
    assert {offer.work.per_item_minor for offer in view.preview.offers} == {3000}
    assert publish(stage, view.checked.terms.sha256) == "1.1.0"
    with stage.store.catalogue.read() as session:
        versions = {row.version: row for row in session.scalars(select(TermsVersion))}
        claim = session.get_one(Claim, held.claim)
        tasks = session.scalars(select(Task)).all()
        assert {row.state for row in versions.values()} == {"published"}
        assert (claim.terms_sha256, claim.price["record"]["minor"]) == (versions["1.0.0"].sha256, 1500)
        assert {task.terms_id for task in tasks if task.state == "open"} == {versions["1.1.0"].id}
        assert {task.terms_id for task in tasks if task.state != "open"} == {versions["1.0.0"].id}
        assert session.scalars(select(TermsDraft)).all() == []
        actions = session.scalars(select(Audit.action).order_by(Audit.seq)).all()
    assert actions.count("terms.published") == 2
    assert [version.version for version in page(stage).versions] == ["1.1.0", "1.0.0"]
    assert [version.claims for version in page(stage).versions] == [0, 1]


def test_only_the_draft_that_was_read_is_published(stage, text):
    save(stage, raised(text))
    read = page(stage).checked.terms.sha256
    save(stage, raised(text).replace("minor = 1500", "minor = 1600"), version=1)
    with pytest.raises(SittingError) as caught:
        publish(stage, read)
    assert caught.value.code == "terms.draft-conflict"
    assert len(page(stage).versions) == 1


def test_of_two_who_save_the_second_is_told_and_nothing_is_overwritten(stage, text):
    assert save(stage, "first") == 1
    with pytest.raises(SittingError) as caught:
        save(stage, "second")
    assert caught.value.code == "terms.draft-conflict"
    assert page(stage).text == "first"
    assert save(stage, "second", version=1) == 2


def test_a_draft_is_thrown_away_and_the_published_text_is_there_again(stage, text):
    save(stage, "nonsense")
    drop_draft(stage.store, stage.manager, stage.project_id)
    view = page(stage)
    assert (view.text, view.draft_version) == (text, 0)


def test_nobody_but_managers_writes_terms(stage, text):
    for actor in (stage.reviewer(), stage.contributor()):
        with pytest.raises(AccessError):
            save_draft(stage.store, actor, stage.project_id, text, version=0, now=stage.now)
        with pytest.raises(AccessError):
            publish_draft(stage.store, actor, stage.project_id, terms_sha256="", now=stage.now)
        with pytest.raises(AccessError):
            terms_page(stage.store, actor, locale="en")
    with pytest.raises(SittingError) as caught:
        save(stage, "x" * 100_001)
    assert caught.value.code == "terms.too-long"
