"""Routes of the pages of reviewers, managers and payers."""

from recorder_web.declared.route import STAFF, Method, Route, Whose
from speechcorpus.domain.actor import Role


def _page(
    method: Method,
    rule: str,
    thing: str | None = None,
    whose: Whose = "others-too",
    *,
    by: tuple[Role, ...],
    codes: tuple[str, ...] = (),
) -> Route:
    rule = f"/staff{rule}"
    return Route(method=method, rule=rule, roles=frozenset(by), thing=thing, whose=whose, codes=codes)


def _project(method: Method, rule: str, *, by: tuple[Role, ...]) -> Route:
    """Declare a page of one project, which its form or its query names."""
    roles, rule = frozenset(by), f"/staff{rule}"
    return Route(method=method, rule=rule, roles=roles, thing="project", whose="project", field="project")


ABSENT = ("not-found",)  # also to whoever may: there need not be one
REVIEWER: tuple[Role, ...] = ("reviewer",)
MANAGER: tuple[Role, ...] = ("manager",)
PAYER: tuple[Role, ...] = ("payer",)
HOUSE: tuple[Role, ...] = ("operator", "manager")
MONEY: tuple[Role, ...] = ("manager", "payer")
AUDIT: tuple[Role, ...] = ("manager", "operator")
EVERY: tuple[Role, ...] = tuple(sorted(STAFF))

REVIEWING = (
    _page("GET", "/queue", by=REVIEWER),
    _page("GET", "/review/<review_id>", "review", "offered", by=REVIEWER),
    _page("POST", "/review/<review_id>/take", "review", by=REVIEWER),
    _page("POST", "/review/<review_id>/decide", "review", "held", by=REVIEWER),
    _page("GET", "/review/<review_id>/audio", "review", "held", by=REVIEWER),
    _page("GET", "/review/<review_id>/other", "review", "held", by=REVIEWER, codes=ABSENT),
    _page("GET", "/review/<review_id>/beside/audio", "review", "held", by=REVIEWER, codes=ABSENT),
    _page("GET", "/review/<review_id>/picture", "review", "held", by=REVIEWER),
    _page(
        "GET",
        "/review/<review_id>/picture/<layer>/<int:level>/<int:number>",
        "review",
        "held",
        by=REVIEWER,
        codes=ABSENT,
    ),
    _page("GET", "/auditions", by=REVIEWER),
    _page("GET", "/auditions/<review_id>", "hearing", "offered", by=REVIEWER),
    _page("POST", "/auditions/<review_id>/take", "hearing", by=REVIEWER),
    _page("POST", "/auditions/<review_id>/decide", "hearing", "held", by=REVIEWER),
    _page("GET", "/auditions/<review_id>/audio/<segment_id>", "hearing", "held", by=REVIEWER),
    _page("GET", "/appeals", by=REVIEWER),
    _page("GET", "/appeals/<appeal_id>", "appeal", "offered", by=REVIEWER),
    _page("POST", "/appeals/<appeal_id>/take", "appeal", by=REVIEWER),
    _page("POST", "/appeals/<appeal_id>/decide", "appeal", "held", by=REVIEWER),
    _page("GET", "/appeals/<appeal_id>/audio", "appeal", "held", by=REVIEWER),
    _page("GET", "/settle", by=REVIEWER),
    _page("GET", "/settle/<settlement_id>", "settlement", "offered", by=REVIEWER),
    _page("POST", "/settle/<settlement_id>/take", "settlement", by=REVIEWER),
    _page("POST", "/settle/<settlement_id>/decide", "settlement", "held", by=REVIEWER),
    _page("GET", "/settle/<settlement_id>/audio", "settlement", "held", by=REVIEWER),
)
MANAGING = (
    _project("GET", "/coverage", by=MANAGER),
    _project("GET", "/coverage.csv", by=MANAGER),
    _project("POST", "/coverage/targets", by=MANAGER),
    _project("GET", "/funnel", by=MANAGER),
    _page("POST", "/funnel/held/<take_id>", "held take", "project", by=MANAGER),
    _project("GET", "/budget", by=MANAGER),
    _project("GET", "/rounds", by=MANAGER),
    _project("POST", "/rounds", by=MANAGER),
    _page("POST", "/rounds/<round_id>/cancel", "round", "project", by=MANAGER),
    _page("GET", "/gold", by=MANAGER),
    _page("POST", "/gold/<segment_id>", "gold item", "project", by=MANAGER),
    _page("GET", "/gold/<segment_id>/audio", "gold item", "project", by=MANAGER),
    _page("GET", "/people", by=MANAGER),
    _page("POST", "/people/contributors", by=MANAGER),
    _page("POST", "/people/staff", by=MANAGER),
    _page("POST", "/people/staff/<staff_id>/project", "other manager", by=MANAGER),
    _page("POST", "/people/staff/<staff_id>/own-account", "member", by=MANAGER),
    _page("POST", "/people/<kind>/<person_id>/invite", "person", by=MANAGER),
    _page("POST", "/people/<kind>/<person_id>/pause", "person", by=MANAGER),
    _page("POST", "/people/<kind>/<person_id>/sessions", "person", by=MANAGER),
    _page("POST", "/people/<kind>/<person_id>/vouch", "person", by=MANAGER),
    _project("GET", "/terms", by=MANAGER),
    _project("POST", "/terms", by=MANAGER),
    _project("POST", "/terms/drop", by=MANAGER),
    _project("POST", "/terms/publish", by=MANAGER),
    _project("POST", "/agreement/share", by=MANAGER),
    Route(
        method="POST",
        rule="/staff/agreement/resume",
        roles=frozenset(MANAGER),
        thing="reviewer",
        whose="others-too",
        field="staff",
    ),
)
MONEY_AND_LOG = (
    _project("GET", "/payouts", by=MONEY),
    _project("POST", "/payouts/propose", by=MONEY),
    _page("POST", "/payouts/<payout_id>/approve", "payout", by=PAYER),
    _page("POST", "/payouts/<payout_id>/cancel", "payout", "project", by=MONEY),
    _page("POST", "/payouts/<payout_id>/again", "payout", "project", by=MONEY),
    _page("POST", "/payouts/<payout_id>/send", "payout", by=PAYER),
    _page("POST", "/payouts/<payout_id>/end", "payout", by=PAYER),
    _page("GET", "/payouts/<payout_id>/batch.json", "payout", by=PAYER),
    _page("GET", "/payouts/<payout_id>/accounts.csv", "payout", by=PAYER),
    _page("GET", "/agreement", by=("reviewer", "manager")),
    _page("GET", "/fees", by=REVIEWER),
    _page("GET", "/operation", by=HOUSE),
    _page("POST", "/operation/jobs/<job_id>/again", "job", by=HOUSE),
    _page("GET", "/audit", by=AUDIT),
    _page("POST", "/audit/verify", by=AUDIT),
    _page("GET", "/home", by=EVERY),
)
KEY_REFUSALS = ("address", "expired", "refused", "twice")
PROOF = ("key.proof",)  # what one signs in with is changed by who has just shown it
OLD_PASSWORD = ("password.wrong", "password.tries", "quota.rate", "quota.password")
OWN_KEYS = (
    _page("GET", "/keys", by=EVERY),
    _page(
        "POST",
        "/keys",
        by=EVERY,
        codes=(
            "request.json",
            "request.field",
            *PROOF,
            "key.address",
            "key.expired",
            "key.refused",
            "key.twice",
        ),
    ),
    _page("POST", "/keys/options", by=EVERY, codes=(*PROOF, "key.address", "key.many")),
    _page("POST", "/keys/<key_id>/remove", "passkey", "own", by=EVERY, codes=PROOF),
    _page("POST", "/keys/password", by=EVERY, codes=(*PROOF, "password.weak", *OLD_PASSWORD)),
    _page("POST", "/keys/password/remove", by=EVERY, codes=(*PROOF, *ABSENT, *OLD_PASSWORD)),
    _page("POST", "/keys/sign-ins/<sign_in_id>/end", "own sign-in", "own", by=EVERY, codes=PROOF),
    _page("POST", "/keys/sign-ins/end-others", by=EVERY, codes=PROOF),
)
ROUTES = (*REVIEWING, *MANAGING, *MONEY_AND_LOG, *OWN_KEYS)
