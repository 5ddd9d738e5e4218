"""Routes of the contributor's pages."""

from recorder_web.declared.route import CONTRIBUTOR, Method, Route, Whose


def _page(
    method: Method, rule: str, thing: str | None = None, whose: Whose = "own", *, codes: tuple[str, ...] = ()
) -> Route:
    return Route(method=method, rule=rule, roles=CONTRIBUTOR, thing=thing, whose=whose, codes=codes)


NEW_WORK = ("person.paused", "consent.missing", "consent.withdrawn", "audition.needed", "budget.short")

ROUTES = (
    _page("GET", "/home"),
    _page("GET", "/sign-ins"),
    _page("POST", "/sign-ins/<sign_in_id>/end", "sign-in"),
    _page("POST", "/sign-ins/end-others"),
    _page("GET", "/fair"),
    _page("GET", "/consent"),
    _page("POST", "/consent", codes=("consent.purpose", "request.bad")),
    _page("GET", "/withdraw"),
    _page("POST", "/withdraw", codes=("request.field", "withdrawal.sure")),
    _page("GET", "/audition"),
    _page("POST", "/audition", codes=NEW_WORK),
    _page("POST", "/audition/<audition_id>/hand-in", "audition"),
    _page("POST", "/tasks/<task_id>/claim", "task", "others-too", codes=("task.taken", *NEW_WORK)),
    _page("POST", "/claims/<claim_id>/return", "claim", codes=("claim.not-active",)),
    _page("POST", "/claims/<claim_id>/submit", "claim", codes=("claim.not-active", "submission.by-holder")),
    _page("GET", "/claims/<claim_id>/partner", "dialogue claim"),
    _page("POST", "/claims/<claim_id>/partner", "dialogue claim"),
    _page("POST", "/rounds/<round_id>/join", "round", "others-too", codes=("draw.nonce", "draw.choice")),
    _page("POST", "/offers/<offer_id>/accept", "offer", codes=NEW_WORK),
    _page("POST", "/offers/<offer_id>/decline", "offer"),
    _page("GET", "/partner/<token>", "partner link", "others-too", codes=("partner.unknown",)),
    _page("POST", "/partner/<token>", "partner link", "others-too", codes=("partner.unknown",)),
    _page("POST", "/partners/<partner_id>/end", "partner"),
    _page("GET", "/check"),
    _page("GET", "/check/<claim_id>", "claim"),
    _page("GET", "/record"),
    _page("GET", "/record/<claim_id>", "claim"),
    _page("GET", "/transcribe"),
    _page("GET", "/transcribe/<claim_id>", "claim"),
    _page("GET", "/second"),
    _page("GET", "/second/<second_id>", "second text", "offered"),
    _page("POST", "/second/<second_id>", "second text", "held", codes=("request.field",)),
    _page("POST", "/second/<second_id>/take", "second text", "others-too"),
    _page("GET", "/second/<second_id>/audio", "second text", "held"),
    _page("GET", "/work"),
    _page("GET", "/work/papers"),
    _page("GET", "/work/receipts/<receipt_id>.json", "receipt"),
    _page("GET", "/work/account"),
    _page("POST", "/work/account", codes=("account.field",)),
    _page("POST", "/work/account/forget"),
    _page("GET", "/work/certificate"),
    _page("POST", "/work/certificate"),
    _page("GET", "/work/export.zip"),
    _page("GET", "/work/<segment_id>/proof.zip", "item"),
    _page("POST", "/work/<segment_id>/contest", "item", codes=("contest.words",)),
    _page("POST", "/work/<segment_id>/appeal", "item", codes=("appeal.words",)),
)
