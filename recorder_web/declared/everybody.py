"""Routes that ask nobody who they are."""

from recorder_web.declared.route import Route

ROUTES = (
    Route(method="GET", rule="/", roles=None),
    Route(method="GET", rule="/healthz", roles=None),
    Route(method="GET", rule="/readyz", roles=None),
    # by a token of its own, else as if it were not there
    Route(method="GET", rule="/metrics", roles=None, codes=("not-found",)),
    Route(method="GET", rule="/static/<path:filename>", roles=None, thing="asset", whose="others-too"),
    Route(method="GET", rule="/connect", roles=None, codes=("not-found",)),
    Route(method="GET", rule="/connect/speechcorpus-ca.crt", roles=None, codes=("not-found",)),
    Route(method="GET", rule="/join", roles=None),
    Route(
        method="POST",
        rule="/join/exchange",
        roles=None,
        tokenless=True,
        codes=("request.json", "invite.unknown", "invite.used", "invite.expired", "quota.rate"),
    ),
    Route(method="GET", rule="/staff/join", roles=None),
    Route(
        method="POST",
        rule="/staff/join/exchange",
        roles=None,
        tokenless=True,
        codes=("request.json", "invite.unknown", "invite.used", "invite.expired", "quota.rate"),
    ),
    Route(method="POST", rule="/sign-out", roles=None),
    Route(method="POST", rule="/staff/sign-out", roles=None),
    Route(method="GET", rule="/rounds", roles=None),
    Route(method="GET", rule="/rounds/<round_id>", roles=None, thing="round", whose="others-too"),
    Route(method="GET", rule="/rounds/<round_id>.json", roles=None, thing="round", whose="others-too"),
    Route(method="GET", rule="/keys.json", roles=None),
    Route(method="GET", rule="/releases/keys.json", roles=None),
    Route(method="GET", rule="/sw.js", roles=None, codes=("not-found",)),
    Route(method="GET", rule="/manifest.webmanifest", roles=None),
    Route(method="GET", rule="/icons/<name>", roles=None, thing="icon", whose="others-too"),
    Route(method="GET", rule="/offline", roles=None),
    Route(method="GET", rule="/api/v1/time", roles=None),
    Route(method="GET", rule="/api/v1/openapi.json", roles=None),
)
