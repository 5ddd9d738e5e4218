"""Releases for ML teams: pages, and downloads that resume at any byte."""

from flask import Blueprint

blueprint = Blueprint("portal", __name__)
