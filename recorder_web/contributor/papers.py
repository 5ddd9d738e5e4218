"""What is mine to keep: ledger and receipts, the proof of a verdict, the certificate, all my data."""

from flask import Response, render_template, request

from recorder_web.context import current_store, now
from recorder_web.contributor.work import asked_page
from recorder_web.security import current_actor
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.workflows.certificates import Wish, certificate_file, issue
from speechcorpus.workflows.own_export import own_export
from speechcorpus.workflows.own_items import item_proof
from speechcorpus.workflows.signing_keys import signing_keys
from speechcorpus.workflows.views.earnings import PAGE, months_view, papers_view, receipt_document

TICKED = "yes"


def papers() -> str:
    """Show the ledger line by line, and every receipt to download."""
    page = max(1, asked_page())
    view = papers_view(current_store(), current_actor(), page=page)
    longest = max([view.receipts_in_all, *(len(each.lines) for each in view.statements)])
    pages = max(1, -(-longest // PAGE))
    return render_template("work_papers.html", view=view, page=page, pages=pages, size=PAGE)


def receipt(receipt_id: str) -> Response:
    """Hand out one receipt as it was signed."""
    document = receipt_document(current_store(), current_actor(), receipt_id)
    return _file(document.encode(), "application/json", f"receipt-{receipt_id}.json")


def keys() -> Response:
    """Hand out the list of public keys, to everybody."""
    return _file(signing_keys(current_store()).to_document(), "application/json", "keys.json")


def proof(segment_id: str) -> Response:
    """Hand out a clip with everything its verdict rests on, so that it can be computed again."""
    blocks = item_proof(current_store(), current_actor(), segment_id)
    return _archive(Response(blocks, mimetype="application/zip"), f"clip-{segment_id}.zip")


def export() -> Response:
    """Hand out everything that is mine, while it is read."""
    blocks = own_export(current_store(), current_actor(), now=now())
    return _archive(Response(blocks, mimetype="application/zip"), "my-data.zip")


def certificate() -> str:
    """Show the form in which a holder ticks what a certificate may say."""
    return render_template("work_certificate.html", months=months_view(current_store(), current_actor()))


def make_certificate() -> Response:
    """Sign a certificate and hand it out; nothing of it is kept."""
    store = current_store()
    document = issue(store, current_actor(), _wish(), now=now())
    name = f"certificate-{document['certificate_id']}"
    if request.form.get("as") == "json":
        return _file(canonical_json(document), "application/json", f"{name}.json")
    return _file(certificate_file(store, document), "application/pdf", f"{name}.pdf")


def _wish() -> Wish:
    form = request.form
    return Wish(
        first=form.get("first", ""),
        last=form.get("last", ""),
        name=form.get("name", ""),
        variety=form.get("variety") == TICKED,
        bands=form.get("bands") == TICKED,
        acceptance=form.get("acceptance") == TICKED,
        amount=form.get("amount") == TICKED,
    )


def _file(data: bytes, mimetype: str, name: str) -> Response:
    return _archive(Response(data, mimetype=mimetype), name)


def _archive(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
