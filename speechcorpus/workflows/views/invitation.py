"""The page of an invitation to a dialogue: what is recorded, paid to whom, and the consent to it."""

from dataclasses import dataclass
from datetime import datetime

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandTerms, PriceTerms
from speechcorpus.store.models import Contributor, Project, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.claims import terms_of_claim
from speechcorpus.workflows.consent_texts import consent_texts
from speechcorpus.workflows.consents import active_purposes
from speechcorpus.workflows.partners import Devices, invitation
from speechcorpus.workflows.qualifications import may_write
from speechcorpus.workflows.seats import devices_in
from speechcorpus.workflows.views.consent import PURPOSES, PurposeView
from speechcorpus.workflows.views.recording import prompts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """What somebody reads before they agree to speak in a dialogue, and afterwards."""

    partner_id: str
    claim_id: str
    devices: Devices
    mine: bool  # agreed already
    holder: str
    project_title: str
    terms_version: str
    variety: str
    my_variety: str | None
    writes: bool  # with a track of my own the texts of it are mine to write
    band: BandTerms
    topics: tuple[str, ...]
    price: PriceTerms
    licence: str
    min_age: int
    lease_until: datetime
    text: str
    text_version: str
    text_sha256: str
    purposes: tuple[PurposeView, ...]


def invitation_view(store: Store, actor: Actor, token: str, *, locale: str, now: datetime) -> InvitationView:
    """Return what a link invites to, in one language.

    Raises
    ------
    AccessError : as `workflows.partners.invitation`
    StoreError : `consent.text-missing`
    """
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        row, claim = invitation(session, actor, token, now=now)
        terms, task = terms_of_claim(session, claim), session.get_one(Task, claim.task_id)
        given = active_purposes(session, person.id, terms.consent.sha256)
        return InvitationView(
            partner_id=row.id,
            claim_id=claim.id,
            devices=devices_in(row),
            mine=row.contributor_id is not None,
            holder=session.get_one(Contributor, claim.contributor_id).pseudonym,
            project_title=session.get_one(Project, task.project_id).title,
            terms_version=terms.project.version,
            variety=task.variety,
            my_variety=person.variety,
            writes=may_write(session, person.id, task.variety),
            band=terms.band(task.band),
            topics=tuple(prompt.text for prompt in prompts_of(session, task.id)),
            price=terms.price,
            licence=terms.project.licence,
            min_age=terms.project.min_age,
            lease_until=claim.lease_until,
            text=consent_texts(store, terms.consent.sha256)[locale],
            text_version=terms.consent.text,
            text_sha256=terms.consent.sha256,
            purposes=tuple(
                PurposeView(purpose=name, needed=name in terms.consent.purposes, given=name in given)
                for name in PURPOSES
            ),
        )
