"""The other person of a dialogue as the recorder reads them."""

from speechcorpus.workflows.views.partners import PartnerView


def partner_json(partner: PartnerView | None) -> dict[str, object] | None:
    """Return a partner's name, whether they agree now, at how many devices; None before one has."""
    if partner is None:
        return None
    return {"ref": partner.pseudonym, "agrees": partner.agrees, "devices": partner.devices}
