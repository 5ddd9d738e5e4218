"""Releases for ML teams: pages, and downloads that resume at any byte."""

from flask import Blueprint

from recorder_web.portal import downloads, index, making, pages, samples, withdrawals

blueprint = Blueprint("portal", __name__)

VERSION = "/releases/<corpus>/<version>"
for rule, view, methods in (
    ("/releases/", pages.listing, ("GET",)),
    ("/releases/index.json", index.index, ("GET",)),
    ("/releases/keys.json", index.keys, ("GET",)),
    ("/releases/<corpus>/withdrawals.jsonl", withdrawals.feed, ("GET",)),
    ("/releases/<corpus>/withdrawals.jsonl.sig", withdrawals.feed_signature, ("GET",)),
    (f"{VERSION}/", pages.page, ("GET",)),
    (f"{VERSION}/index.json", index.version_index, ("GET",)),
    (f"{VERSION}/samples", samples.samples, ("GET",)),
    (f"{VERSION}/tokens", pages.new_token, ("POST",)),
    (f"{VERSION}/tokens/<token_id>/revoke", pages.end_token, ("POST",)),
    (f"{VERSION}/files/<path:path>", downloads.file, ("GET",)),
    (f"{VERSION}/bundles/<name>.tar", downloads.bundle, ("GET",)),
    (f"{VERSION}/deltas/<old>.tar", downloads.delta, ("GET",)),
    ("/staff/releases", making.overview, ("GET",)),
    ("/staff/releases/plan", making.plan, ("POST",)),
    ("/staff/releases/<release_id>/build", making.build, ("POST",)),
    ("/staff/releases/<release_id>/approve", making.approve, ("POST",)),
):
    blueprint.add_url_rule(rule, view_func=view, methods=methods)
