"""Payouts: propose, approve what another person proposed, hand the batch to a bank, note what it answered."""

from typing import get_args

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.context import current_store, now
from recorder_web.security import current_actor, current_signed_in
from recorder_web.spreadsheet import csv_table
from speechcorpus.domain.errors import SittingError
from speechcorpus.workflows.payments import PaymentEvent, end_payments, send_payout, sent_batch
from speechcorpus.workflows.payout_accounts import accounts_of_batch
from speechcorpus.workflows.payouts import approve_payout, cancel_payout, propose_again, propose_payout
from speechcorpus.workflows.views.payouts import payouts_view


def payouts() -> str:
    """Show what a project owes and where its payouts stand."""
    view = payouts_view(current_store(), current_signed_in(), request.args.get("project"), now=now())
    return render_template("staff/payouts.html", view=view)


def propose() -> AnyResponse:
    """Propose to pay everything that is owed."""
    propose_payout(current_store(), current_signed_in(), request.form.get("project", ""), now=now())
    return _back()


def approve(payout_id: str) -> AnyResponse:
    """Approve the batch that was looked at: the form names its hash."""
    sha256 = request.form.get("sha256", "")
    approve_payout(current_store(), current_signed_in(), payout_id, sha256=sha256, now=now())
    return _back()


def cancel(payout_id: str) -> AnyResponse:
    """Take a proposal back."""
    cancel_payout(current_store(), current_actor(), payout_id, now=now())
    return _back()


def again(payout_id: str) -> AnyResponse:
    """Propose a batch anew that failed whole."""
    propose_again(current_store(), current_signed_in(), payout_id, now=now())
    return _back()


def send(payout_id: str) -> AnyResponse:
    """Note that an approved batch goes to the bank; the page then offers it for download."""
    send_payout(current_store(), current_actor(), payout_id, now=now())
    return _back()


def batch(payout_id: str) -> Response:
    """Give the bytes that were approved, as a file."""
    document = sent_batch(current_store(), current_actor(), payout_id)
    name = f'attachment; filename="payout-{payout_id}.json"'
    return Response(document, mimetype="application/json", headers={"Content-Disposition": name})


def accounts(payout_id: str) -> Response:
    """Give where the money of an approved batch goes, one payment a line."""
    paid = accounts_of_batch(current_store(), current_actor(), payout_id, now=now())
    rows: list[list[object]] = [["pseudonym", "amount_minor", "holder", "bank", "number"]]
    for each in paid:
        known = each.account
        told = (known.holder, known.bank, known.number) if known else ("", "", "")
        rows.append([each.pseudonym, each.amount_minor, *told])
    headers = {"Content-Disposition": f'attachment; filename="accounts-{payout_id}.csv"'}
    return Response(csv_table(rows), mimetype="text/csv", headers={**headers, "Cache-Control": "no-store"})


def end(payout_id: str) -> AnyResponse:
    """Note the bank's answer, for one payment or for all that are under way."""
    event = next((each for each in get_args(PaymentEvent) if each == request.form.get("event")), None)
    if event is None:
        raise SittingError("request.field", "a payment arrived or it did not", field="event")
    end_payments(
        current_store(),
        current_actor(),
        payout_id,
        event,
        reference=request.form.get("reference", "").strip(),
        contributor_id=request.form.get("contributor") or None,
        now=now(),
    )
    return _back()


def _back() -> AnyResponse:
    project = request.form.get("project", "")
    return redirect(f"/staff/payouts?project={project}" if project else "/staff/payouts", 303)
