"""What a reviewer is paid for decisions."""

from flask import render_template

from recorder_web.context import current_store
from recorder_web.pages import ZONE
from recorder_web.security import current_actor
from speechcorpus.workflows.views.fees import fees_view


def fees() -> str:
    """Show the reviewer who asks what they are owed and were paid."""
    return render_template("staff/fees.html", view=fees_view(current_store(), current_actor(), zone=ZONE))
