"""Releases for ML teams: pages, and downloads that resume at any byte."""

from flask import Blueprint

from recorder_web.portal import downloads, making, pages

blueprint = Blueprint("portal", __name__)

VERSION = "/releases/<corpus>/<version>"
for rule, view, methods in (
    ("/releases/", pages.listing, ("GET",)),
    ("/releases/index.json", pages.index, ("GET",)),
    (f"{VERSION}/", pages.page, ("GET",)),
    (f"{VERSION}/tokens", pages.new_token, ("POST",)),
    (f"{VERSION}/tokens/<token_id>/revoke", pages.end_token, ("POST",)),
    (f"{VERSION}/files/<path:path>", downloads.file, ("GET",)),
    (f"{VERSION}/bundles/<name>.tar", downloads.bundle, ("GET",)),
    ("/staff/releases", making.overview, ("GET",)),
    ("/staff/releases/build", making.build, ("POST",)),
    ("/staff/releases/<release_id>/approve", making.approve, ("POST",)),
):
    blueprint.add_url_rule(rule, view_func=view, methods=methods)
