"""The second person of a dialogue as the recorder reads them."""

from speechcorpus.workflows.views.partners import PartnerView


def partner_json(partner: PartnerView | None) -> dict[str, object] | None:
    """Return a partner's name and whether they agree now; None before somebody has agreed."""
    return None if partner is None else {"ref": partner.pseudonym, "agrees": partner.agrees}
