"""Who a sign-in is, as the person's own devices know them."""

from speechcorpus.domain.actor import Actor
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor


def contributor_ref(store: Store, actor: Actor) -> str:
    """Return the name under which the person's recordings lie on their devices.

    Raises
    ------
    AccessError : `not-found` for staff, `consent.withdrawn` for an account that is closed
    """
    with store.catalogue.read() as session:
        return require_contributor(session, actor).pseudonym
