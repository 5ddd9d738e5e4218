"""A small, honest demo: two projects with eighty prompts, synthetic speakers, one built release.

The Taigi project is empty and waits for a person. In the Mandarin project six synthetic speakers, labelled so
everywhere, leave accepted, flagged, held and waiting clips. Everything goes through the workflows.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

from sqlalchemy import select

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.models import Contributor, Project, Release, Review, Staff
from speechcorpus.store.store import Store
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.consents import give_consent
from speechcorpus.workflows.contests import contest, holding_codes
from speechcorpus.workflows.demo_parts import PARTS, Part
from speechcorpus.workflows.demo_recordings import record_task, segments_of
from speechcorpus.workflows.demo_voice import speaker, voices_available
from speechcorpus.workflows.factors import has_factor
from speechcorpus.workflows.items import save_transcript
from speechcorpus.workflows.people import create_contributor, create_staff
from speechcorpus.workflows.projects import create_project, import_prompts, make_tasks
from speechcorpus.workflows.qualifications import vouch
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_requests import request_build
from speechcorpus.workflows.reviews import decide_review, take_review
from speechcorpus.workflows.sign_in import invite_contributor, invite_staff
from speechcorpus.workflows.submission import submit_claim
from speechcorpus.workflows.worker import work_once

PROJECTS = {"nan-TW": "台語朗讀，三種背景聲", "cmn-TW": "臺灣華語朗讀，三種背景聲"}
LOCALES = ("zh-Hant", "zh-Hans", "nan-Hant", "en")
ITEMS_PER_TASK = 5
STAFF: Mapping[str, Role] = {
    "審聽員甲": "reviewer",
    "審聽員乙": "reviewer",
    "語料經理": "manager",
    "發布核准人": "manager",
    "付款核准人": "payer",
    "語音模型團隊": "ml",
}
CORPUS, VERSION = "mandarin-noise-demo", "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLink:
    """A person of the demo and the token of their fresh sign-in link, None for who needs none any more."""

    role: str
    name: str
    token: str | None
    path: str  # of the page that takes the token


def fill_demo(store: Store, *, now: Callable[[], datetime], say: Callable[[str], None]) -> None:
    """Fill an empty store with the demo; a filled one is left as it is.

    Parameters
    ----------
    now : the clock
    say : told what is being done, one sentence at a time
    """
    with store.catalogue.read() as session:
        if session.scalars(select(Project.id)).first():
            return
    staff = {
        name: Actor(role=role, id=create_staff(store, name=name, role=role, now=now()))
        for name, role in STAFF.items()
    }
    manager = staff["語料經理"]
    for variety, title in PROJECTS.items():
        say(f"project {variety}: terms, prompts, tasks")
        _open_project(store, manager, variety, title, now())
    person = create_contributor(store, locale="zh-Hant", now=now())
    for variety in PROJECTS:
        vouch(store, manager, kind="speaker", person_id=person, variety=variety, now=now())
        for reviewer in ("審聽員甲", "審聽員乙"):
            who = staff[reviewer].id
            vouch(store, manager, kind="reviewer", person_id=who, variety=variety, now=now())
    create_contributor(store, locale="zh-Hant", now=now())  # somebody new: the audition comes first
    if not voices_available():
        say("no synthetic speakers: the package espeakng-loader is not installed")
        return
    _record_all(store, manager, now, say)
    _review(store, staff["審聽員甲"], now)
    say("a release of what was accepted")
    _release(store, manager, staff["發布核准人"], now)


def links(store: Store, *, now: datetime) -> list[RoleLink]:
    """Return a fresh sign-in link for the demo's human contributors and each member of staff.

    Who has added a passkey or a password since has none: they come in by that.
    """
    with store.catalogue.read() as session:
        people = session.scalars(
            select(Contributor).where(Contributor.source_kind == "human").order_by(Contributor.pseudonym)
        ).all()
        known = session.scalars(select(Staff).where(Staff.name.in_(STAFF)).order_by(Staff.created_at)).all()
        staff = {member: has_factor(session, member.id) for member in known}
    made = []
    for person in people:
        link = invite_contributor(store, person.id, now=now)
        made.append(RoleLink(role="contributor", name=person.pseudonym, token=link, path="/join"))
    for member, keyed in staff.items():
        token = None if keyed else invite_staff(store, member.id, now=now)
        made.append(RoleLink(role=member.role, name=member.name, token=token, path="/staff/join"))
    return made


def _open_project(store: Store, manager: Actor, variety: str, title: str, now: datetime) -> None:
    folder = files("speechcorpus.workflows") / "demo_data"
    keep_consent_texts(
        store, {locale: (folder / f"consent_{locale}.md").read_text(encoding="utf-8") for locale in LOCALES}
    )
    terms = parse_terms((folder / f"terms_{variety}.toml").read_text(encoding="utf-8"))
    project_id = create_project(store, manager, terms=terms, title=title, now=now)
    table = (folder / f"prompts_{variety}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [
        {
            "id": row["id"],
            "kind": "read",
            "variety": variety,
            "text": row["text"],
            "reading": row["reading"] or None,
            "licence": "CC0-1.0",
        }
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
    ]
    import_prompts(store, manager, project_id, rows, now)
    make_tasks(store, manager, project_id, items_per_task=ITEMS_PER_TASK, now=now)


def _record_all(
    store: Store, manager: Actor, now: Callable[[], datetime], say: Callable[[str], None]
) -> None:
    for number, part in enumerate(PARTS):
        say(f"synthetic speaker {number + 1} of {len(PARTS)}: band {part.band}")
        actor = _synthetic_contributor(store, manager, part, now())
        claim_id = record_task(store, actor, part, speaker=speaker(), seed=number, now=now())
        work_off(store)
        for segment_id, text in segments_of(store, claim_id):
            save_transcript(store, actor, segment_id, text, 0, now=now())
        _contest(store, actor, part, claim_id, now())
        _submit(store, actor, claim_id, now())


def _contest(store: Store, actor: Actor, part: Part, claim_id: str, now: datetime) -> None:
    """Say that the meter is wrong about the first two items, if the part says so."""
    if part.contests is None:
        return
    for segment_id, _ in segments_of(store, claim_id)[:2]:
        with store.catalogue.read() as session:
            holding = holding_codes(session, segment_id)
        for code in holding:
            contest(store, actor, segment_id, code, part.contests, now=now)


def _submit(store: Store, actor: Actor, claim_id: str, now: datetime) -> None:
    try:
        submit_claim(store, actor, claim_id, now=now)
    except SittingError as error:
        if error.code != "submission.nothing-ready":  # everything is held: it waits for its speaker
            raise


def _synthetic_contributor(store: Store, manager: Actor, part: Part, now: datetime) -> Actor:
    contributor_id = create_contributor(
        store,
        locale="zh-Hant",
        source_kind="synthetic",
        variety="cmn-TW",
        gender=part.gender,
        age_band=part.age_band,
        now=now,
    )
    vouch(store, manager, kind="speaker", person_id=contributor_id, variety="cmn-TW", now=now)
    actor = Actor(role="contributor", id=contributor_id)
    purposes = ("record", "human_review", "release")
    give_consent(store, actor, purposes=purposes, language="zh-Hant", project_id="mandarin-noise", now=now)
    return actor


def work_off(store: Store) -> None:
    """Do every job that is due."""
    while work_once(store, owner="demo"):
        pass


LISTENING = timedelta(minutes=1)  # longer than any of these items lasts
LEFT_TO_HEAR = 3  # for whoever looks at the queue of the demo


def _review(store: Store, reviewer: Actor, now: Callable[[], datetime]) -> None:
    """Accept what was drawn without a flag, all but the last; what is flagged waits for a person as well."""
    drawn = select(Review.id).where(Review.state == "queued", Review.severity == 0)
    with store.catalogue.read() as session:
        queued = list(session.scalars(drawn.order_by(Review.created_at)))
    for review_id in queued[:-LEFT_TO_HEAR]:
        try:
            lease = take_review(store, reviewer, review_id, now=now() - LISTENING)
        except SittingError as error:
            if error.code != "review.own-earlier":  # a second opinion waits for another person
                raise
            continue
        decide_review(
            store,
            reviewer,
            review_id,
            fence=lease.fence,
            decision="accept",
            findings=(),
            note=None,
            now=now(),
        )
    work_off(store)


def _release(store: Store, builder: Actor, approver: Actor, now: Callable[[], datetime]) -> None:
    at = now()
    release_id = request_build(
        store,
        builder,
        project_id="mandarin-noise",
        corpus=CORPUS,
        version=VERSION,
        released_on=at.date().isoformat(),
        settings={"title": "臺灣華語噪音語料（示範，合成語音）", "include_synthetic": True},
        now=at,
    )
    work_off(store)
    approve_release(store, approver, release_id, corpus_id=_corpus_id(store, release_id), now=now())


def _corpus_id(store: Store, release_id: str) -> str:
    with store.catalogue.read() as session:
        return session.get_one(Release, release_id).corpus_id or ""
