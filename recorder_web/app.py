"""Builds the web application: one function, everything it needs as an argument."""

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from recorder_web import api, contributor, portal, shell, staff
from recorder_web.assets import Assets
from recorder_web.context import current_messages
from recorder_web.door import refuse_no_text, require_declared, stand_at_the_door
from recorder_web.errors import Answer, answer_to
from recorder_web.house import add_house_routes
from recorder_web.i18n import COOKIE, LOCALES, asked_locale, load_catalogue, pick_locale
from recorder_web.observing import Observer
from recorder_web.pages import add_page_helpers
from recorder_web.security import current_sign_in, guard, side_of_request
from recorder_web.seen import SeenSignIns
from recorder_web.settings import CHUNK_CAP_BYTES, WebSettings
from recorder_web.strangers import hold_strangers
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.counters import Counters
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.log_lines import FACTS

MACHINES = ("/static/", "/healthz", "/readyz", "/metrics")  # nobody is signed in there
SIGNED_OUT = ("auth.expired", "password.tries")
YEAR_S = 365 * 24 * 3600
HTTP_CODES = {404: "not-found", 405: "method.not-allowed", 411: "request.length-required"}
HTTP_CODES |= {413: "request.too-large", 415: "request.wrong-type"}


def create_app(settings: WebSettings, *, store: Store | None = None) -> Flask:
    """Return the application on an opened store, or on the store of `settings.data_dir`.

    Parameters
    ----------
    settings : where the data lies, and whether people reach us over TLS
    store : an opened store to use instead; tests pass theirs
    """
    app = Flask(__name__, static_folder=str(settings.static_dir), static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = CHUNK_CAP_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["speechcorpus"] = store or open_store(
        settings.data_dir, settings.database_url, settings.blobs_url
    )
    app.extensions["speechcorpus.settings"] = settings
    app.extensions["speechcorpus.messages"] = load_catalogue(strict=settings.strict_messages)
    app.extensions["speechcorpus.assets"] = Assets(settings.static_dir)
    app.extensions["speechcorpus.seen"] = SeenSignIns()
    observer = Observer(Counters(settings.data_dir / "run" / "counters"))
    observer.watch(app)
    app.before_request(_choose_language)
    app.after_request(_remember_language)
    app.before_request(hold_strangers)
    app.before_request(refuse_no_text)
    guard(app)
    app.before_request(stand_at_the_door)
    add_page_helpers(app)
    for rooms in (api, contributor, staff, portal, shell):
        app.register_blueprint(rooms.blueprint)
    add_house_routes(app, app.extensions["speechcorpus"], settings, observer)
    app.register_error_handler(SpeechCorpusError, _explain)
    app.register_error_handler(HTTPException, _explain_http)
    app.register_error_handler(Exception, _explain_crash)
    require_declared(app)
    return app


def _choose_language() -> None:
    g.locale = pick_locale(None)
    known = None if request.path.startswith(MACHINES) else current_sign_in()
    g.locale = pick_locale(known.locale if known else None)


def _remember_language(response: Response) -> Response:
    if (asked := asked_locale()) in LOCALES:
        response.set_cookie(COOKIE, str(asked), max_age=YEAR_S, httponly=True, samesite="Lax", path="/")
    return response


def _explain(error: SpeechCorpusError) -> Response:
    """Answer with the code, what is safe and when to try again: JSON for programs, a page for people."""
    answer = answer_to(error)
    if wants_json():
        facts = dict(error.facts)
        body = {
            "code": error.code,
            "facts": facts,
            "safe": answer.safe,
            "retry_after_s": answer.retry_after_s,
        }
        response = jsonify(body)
    else:
        response = Response(_error_page(error, answer), mimetype="text/html")
    response.status_code = answer.status
    if successor := _successor(error):
        response.headers["Link"] = f'<{successor}>; rel="successor-version"'  # RFC 5829
    if answer.retry_after_s is not None:
        response.headers["Retry-After"] = str(answer.retry_after_s)
    return response


def _successor(error: SpeechCorpusError) -> str | None:
    """Return where what is gone for good is found instead."""
    address = str(error.facts.get("successor", ""))
    return address if address.startswith("/") else None


def _error_page(error: SpeechCorpusError, answer: Answer) -> str:
    messages, code = current_messages(), error.code
    known = code if f"error.what.{code}" in messages else "other"
    what, do, door = messages.t(f"error.what.{known}"), messages.t(f"error.do.{known}"), None
    if code in SIGNED_OUT and side_of_request() == "staff":
        do, door = messages.t("keys.sign-in-anew"), "/staff/join"
    facts = {"code": code, "answer": answer, "successor": _successor(error), "door": door}
    return render_template("error.html", what=what, do=do, **facts)


def _explain_http(error: HTTPException) -> AnyResponse:
    """Give the refusals of the web framework the same form as our own."""
    if error.code is None or error.code < 400:
        return error.get_response()  # a redirect is no error
    code = HTTP_CODES.get(error.code, "request.bad")
    return _explain(SpeechCorpusError(code, error.name, status=error.code))


def _explain_crash(error: Exception) -> Response:
    """Log what nobody foresaw and say so, without showing its insides."""
    # not the path: a link to a dialogue carries its token there
    where = {"method": request.method, "route": str(request.url_rule)}
    current_app.logger.error("unforeseen error", extra={FACTS: where}, exc_info=error)
    return _explain(SpeechCorpusError("server.error", "unforeseen error"))


def wants_json() -> bool:
    """Whether the one who asks is a program: the API, a script that sent JSON, or one with a token."""
    by_token = request.headers.get("Authorization", "").startswith("Bearer ")
    return by_token or request.path.startswith("/api/") or request.mimetype == "application/json"
