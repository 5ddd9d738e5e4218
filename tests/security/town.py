"""A town with one real thing of every kind a path can name, and for each kind whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from speechcorpus.domain.actor import Role
from speechcorpus.domain.terms import Terms
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import (
    AccessToken,
    Appeal,
    Contributor,
    DeviceCheck,
    EventRow,
    LoginSession,
    OutcomeRow,
    Passkey,
    Payout,
    Receipt,
    Release,
    SecondTranscript,
    Segment,
    Settlement,
    TakeHold,
)
from speechcorpus.workflows.appeals import open_appeal
from speechcorpus.workflows.audition_reviews import take_audition
from speechcorpus.workflows.calls import join_call
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.download_tokens import create_token
from speechcorpus.workflows.gold import mark_gold_item
from speechcorpus.workflows.judges import take_appeal
from speechcorpus.workflows.payments import send_payout
from speechcorpus.workflows.payouts import approve_payout, propose_payout
from speechcorpus.workflows.people_desk import set_manager
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.reviews import take_review
from speechcorpus.workflows.second_settling import take_settlement
from speechcorpus.workflows.second_transcripts import take_second, write_second
from tests import audition, dialogue, drawing
from tests.hearing import an_item, clipped, handed_in, refuse, waiting, wording
from tests.money import Money
from tests.recorder_web.house import Browser, House
from tests.recorder_web.released import CORPUS, Released
from tests.security.bodies import api_bodies, form_bodies
from tests.stage import Recorder, calibrate, voice

STAFF: tuple[Role, ...] = ("reviewer", "manager", "payer", "ml", "operator")
RATE = {"rate_hz": 16_000}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass(kw_only=True)
class Town:
    """Whoever may ask, and what there is to ask for."""

    house: House
    owners: dict[str, Browser] = field(default_factory=dict)  # thing -> the contributor whose it is
    staff: dict[Role, Browser] = field(default_factory=dict)  # whoever holds, looks after, owns
    strangers: dict[Role, Browser] = field(default_factory=dict)  # the same roles, other people
    paths: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # thing -> what its path says
    bodies: dict[str, Any] = field(default_factory=dict)  # rule, or method and rule -> what is sent
    tokens: dict[str, str] = field(default_factory=dict)  # member of staff -> a download token of theirs
    passkeys: dict[str, str] = field(default_factory=dict)  # member of staff -> a passkey of theirs
    sign_ins: dict[str, str] = field(default_factory=dict)  # member of staff -> another browser of theirs

    def owner(self, thing: str | None) -> Browser:
        """The contributor whose thing it is."""
        return self.owners.get(thing or "", self.owners["claim"])

    def pseudonym(self, browser: Browser) -> str:
        """The name a contributor has here."""
        with self.house.store.catalogue.read() as session:
            return session.get_one(Contributor, browser.actor.id).pseudonym


def build_town(released: Released, folder: Path) -> Town:
    """Furnish a house with two published versions until everything is there; everybody signs in last."""
    house = released.house(folder)
    town = Town(house=house)
    _recorded(town)
    _refused(town)
    _second_text(town)
    _tried_and_drawn(town)
    _two_people(town)
    _staff(town)
    _money_and_releases(town)
    _elsewhere(town)
    return town


def _recorded(town: Town) -> None:
    """Somebody with an open claim: an item, its take with an event, a calibration, a device check."""
    stage = town.house.stage
    drawing.sound_checked(stage, actor := stage.contributor())
    recorder = stage.recorder(actor, task=1)
    item = an_item(recorder, "p2", clipped())
    take = _take_of(town, town.house.recorded("p3", recorder))
    event = EventRow(id=str(uuid4()), take_id=take, kind="laugh", start_sample=100, end_sample=900, version=1)
    event.author, event.created_at, event.changed_at = "t", stage.now, stage.now
    with stage.store.catalogue.write() as session:
        session.add(event)
        check = session.scalars(select(DeviceCheck.id).where(DeviceCheck.contributor_id == actor.id)).one()
        receipt = session.scalars(select(Receipt.id).where(Receipt.contributor_id == actor.id)).first()
    town.paths |= {
        "claim": {"claim_id": recorder.claim, "prompt_id": "p2"},
        "item": {"segment_id": item},
        "take": {"take_id": take, "index": 0, "number": 1, "event_id": event.id},
        "event": {"take_id": take, "event_id": event.id},
        "sitting": {"sitting_id": recorder.sitting},
        "calibration": {"calibration_id": calibrate(stage, actor), "take_id": take},
        "device check": {"check_id": check},
        "receipt": {"receipt_id": receipt},
        "task": {"task_id": stage.tasks("medium")[1]},
    }
    town.bodies |= api_bodies(recorder, recorder.record(voice(1), prompt="p3"), take)
    town.owners["claim"] = town.house.sign_in(actor)


def _take_of(town: Town, item: str) -> str:
    with town.house.store.catalogue.read() as session:
        return session.get_one(Segment, item).take_id


def _refused(town: Town) -> None:
    """Two handed-in items: one refused and appealed against, one that a reviewer will hold."""
    house, stage = town.house, town.house.stage
    recorder = stage.recorder(task=0)
    item, other = an_item(recorder, "p0", wording()), an_item(recorder, "p1", wording())
    handed_in(recorder)
    refuse(stage, item)
    house.later(hours=4)
    open_appeal(house.store, recorder.actor, item, "record", "A radio.", now=house.now)
    with house.store.catalogue.read() as session:
        town.paths["appeal"] = {"appeal_id": session.scalars(select(Appeal.id)).one()}
    review = waiting(house.store, other)[0]
    town.paths["review"] = {"review_id": review, "layer": "spectrogram", "level": 0, "number": 0}


def _second_text(town: Town) -> None:
    """One accepted item with two texts that differ, and one whose second text somebody writes now."""
    house, stage = town.house, town.house.stage
    speaker, writer = stage.contributor(), stage.contributor()
    claim = claim_task(house.store, speaker, stage.tasks("medium")[0], now=stage.now)
    recorder = Recorder(stage=stage, actor=speaker, claim=claim)
    recorder.open(band="medium")
    for prompt, is_written in (("p0", True), ("p1", False)):
        item = house.recorded(prompt, recorder)
        house.judged(item, "accepted", text="我欲去買菜。")
        with house.store.catalogue.write() as session:
            for line in ("record", "transcribe"):
                session.add(OutcomeRow(segment_id=item, line=line, state="accepted", price_minor=1000))
        mark_gold_item(house.store, stage.manager, item, decision="accept", code=None, now=house.now)
        with house.store.catalogue.read() as session:
            mine = select(SecondTranscript.id).where(SecondTranscript.segment_id == item)
            second = session.scalars(mine).one()
        fence = take_second(house.store, writer, second, now=house.now).fence
        if is_written:
            said = {"fence": fence, "text": "伊欲去佗位？我毋知影矣。"}
            write_second(house.store, writer, second, **said, now=house.now)
        town.paths["second text"] = {"second_id": second}
        town.paths["gold item"] = {"segment_id": item}
    with house.store.catalogue.read() as session:
        town.paths["settlement"] = {"settlement_id": session.scalars(select(Settlement.id)).one()}
    town.owners["second text"] = house.sign_in(writer)


def _tried_and_drawn(town: Town) -> None:
    """An audition that waits for a listener, and a drawn round with an open offer."""
    stage, house = town.house.stage, town.house
    heard = audition.handed_in(stage)
    _give_sound(town, heard.items()[0])
    begun = audition.tryout(stage)
    (review, *_) = heard.reviews()
    town.paths["hearing"] = {"review_id": review.id, "segment_id": heard.items()[0]}
    town.paths["audition"] = {"audition_id": begun.id}
    town.owners["audition"] = house.sign_in(begun.actor)
    person = drawing.drawer(stage)
    drawn = drawing.drawn_round(stage, [person], bands=("high",))
    offer = drawing.offers(stage, drawn)[person.id]
    town.paths["offer"] = {"offer_id": offer.id}
    town.owners["offer"] = house.sign_in(person)
    town.paths["round"] = {"round_id": drawn.id}


def _give_sound(town: Town, item: str) -> None:
    """Let an item whose take is a row alone be of a take that was recorded."""
    with town.house.store.catalogue.write() as session:
        segment = session.get_one(Segment, item)
        segment.take_id = session.get_one(Segment, town.paths["item"]["segment_id"]).take_id


def _two_people(town: Town) -> None:
    """A dialogue with a link that is out, after a partner who agreed."""
    pair = dialogue.pair(town.house.stage, consents=True)
    pair.devices = "two"
    row = pair.agree(token := pair.invite())
    town.paths["partner link"] = {"token": token}
    town.paths["partner"] = {"partner_id": row}
    town.paths["dialogue claim"] = {"claim_id": pair.claim}
    call = join_call(town.house.store, pair.holder, pair.claim, now=town.house.now)
    town.paths["call"] = {"call_id": call.call_id}
    holder = town.house.sign_in(pair.holder)
    town.owners |= {"dialogue claim": holder, "partner": holder, "call": holder}
    town.owners["partner link"] = town.house.sign_in(pair.partner)


def _staff(town: Town) -> None:
    """Two of each role; the first of them holds what reviewers hold."""
    house, stage = town.house, town.house.stage
    for role in STAFF:
        town.staff[role], town.strangers[role] = house.staff(role), house.staff(role)
    rita = town.staff["reviewer"].actor
    for variety in ("nan-TW",):
        stage.vouch("reviewer", rita.id, variety)
    take_review(house.store, rita, town.paths["review"]["review_id"], now=house.now)
    take_audition(house.store, rita, town.paths["hearing"]["review_id"], now=house.now)
    take_appeal(house.store, rita, town.paths["appeal"]["appeal_id"], now=house.now)
    take_settlement(house.store, rita, town.paths["settlement"]["settlement_id"], now=house.now)
    with house.store.catalogue.write() as session:
        town.paths["job"] = {"job_id": enqueue(session, "draw_item", {}, now=house.now)}
    for thing, person, kind in (
        ("person", town.owners["audition"].actor, "contributor"),
        ("member", town.strangers["reviewer"].actor, "staff"),
        ("other manager", town.strangers["manager"].actor, "staff"),
    ):
        town.paths[thing] = {"kind": kind, "person_id": person.id, "staff_id": person.id}


def _money_and_releases(town: Town) -> None:
    """Something owed and proposed, a download token, a held take, a release in the making."""
    house, stage = town.house, town.house.stage
    with stage.store.catalogue.read() as session:
        terms = Terms.from_document(newest_terms(session, stage.project_id).document)
    money = Money(store=stage.store, now=house.now, terms=terms, manager=stage.manager)
    item = money.item(money.claim(money.person(), 1))
    money.close(item, "record", "accept")
    first = town.staff["manager"]
    set_manager(house.store, stage.manager, stage.project_id, first.actor.id, mine=True, now=house.now)
    signed = money.signed_in("manager", first.actor.id)
    payout = propose_payout(house.store, signed, stage.project_id, now=house.now)
    payer = money.signed_in("payer", town.staff["payer"].actor.id)
    with house.store.catalogue.read() as session:
        sha256 = session.get_one(Payout, payout).sha256
    approve_payout(house.store, payer, payout, sha256=sha256, now=house.now)
    send_payout(house.store, payer.actor, payout, now=house.now)
    town.paths["payout"] = {"payout_id": payout}
    for role in ("ml", "manager", "operator"):
        create_token(house.store, town.staff[role].actor, CORPUS, now=house.now)
    _hold(town)
    _portal(town)


def _hold(town: Town) -> None:
    take = town.paths["take"]["take_id"]
    hold = TakeHold(take_id=take, code="take.rate", claimed=RATE, measured=RATE, held_at=town.house.now)
    with town.house.store.catalogue.write() as session:
        session.add(hold)
    town.paths["held take"] = {"take_id": take}


def _portal(town: Town) -> None:
    with town.house.store.catalogue.read() as session:
        town.tokens |= dict(session.execute(select(AccessToken.staff_id, AccessToken.id)).all())
        mine = Passkey.staff_id.in_([browser.actor.id for browser in town.staff.values()])
        town.passkeys |= dict(session.execute(select(Passkey.staff_id, Passkey.id).where(mine)).all())
        release = session.scalars(select(Release.id)).first()
    known = {"corpus": CORPUS, "version": "1.0.1", "old": "1.0.0", "name": "core", "path": "README.md"}
    town.paths |= {"corpus": known, "version": known, "release": {"release_id": release}}
    town.paths["passkey"] = {"key_id": town.passkeys[town.staff["payer"].actor.id]}
    _signed_in_twice(town)
    town.paths["token"] = {**known, "token_id": town.tokens[town.staff["ml"].actor.id]}


def _signed_in_twice(town: Town) -> None:
    """Everybody of staff came by a link before they showed their key; somebody speaks in two browsers."""
    house, twice = town.house, town.house.stage.contributor()
    house.sign_in(twice)
    by_link = (LoginSession.factor == "link", LoginSession.revoked_at.is_(None))
    with house.store.catalogue.read() as session:
        links = select(LoginSession.staff_id, LoginSession.id).where(*by_link)
        mine = LoginSession.staff_id.in_([browser.actor.id for browser in town.staff.values()])
        town.sign_ins |= dict(session.execute(links.where(mine)).all())
        other = select(LoginSession.id).where(LoginSession.contributor_id == twice.id)
        town.paths["sign-in"] = {"sign_in_id": session.scalars(other).one()}
    town.paths["own sign-in"] = {"sign_in_id": town.sign_ins[town.staff["payer"].actor.id]}
    town.owners["sign-in"] = house.sign_in(twice)


def _elsewhere(town: Town) -> None:
    project = {"project": town.house.stage.project_id}
    town.paths["project"] = project
    town.paths["reviewer"] = {"staff": town.strangers["reviewer"].actor.id}
    town.bodies |= form_bodies(town.house.stage.project_id, town.pseudonym(town.owners["audition"]))
    asset = Path(str(town.house.app.static_folder)) / "assets" / "main-abc.js"
    asset.parent.mkdir(exist_ok=True)
    asset.write_text("0;\n")
    town.paths |= {"asset": {"filename": "assets/main-abc.js"}, "icon": {"name": "icon-192.png"}}
    town.owners["stranger"] = town.house.sign_in(town.house.stage.contributor())
