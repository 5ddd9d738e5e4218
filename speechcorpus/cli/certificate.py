"""`speechcorpus certificate`: check a certificate of work offline, from a public key alone."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import click

from speechcorpus.cli._keys import key_list_option, key_option, trusted_keys
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.plain import to_plain
from speechcorpus.work.certificate import SCHEMA, Certificate, verify_certificate
from speechcorpus.work.certificate_seal import PDF, verify_sealed


@click.group()
def command() -> None:
    """Check certificates of digital work hours without asking the server that gave them."""


@command.command()
@click.argument("what")
@key_option
@key_list_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def verify(what: str, keys: tuple[Path, ...], key_list: Path | None, as_json: bool) -> None:
    """Say whether WHAT is a true certificate: a PDF, its JSON, or the text of its code, as a file or as such.

    Exit status: 0 valid, 1 false (and why), 2 unreadable.
    """
    document, trusted = _read(what), trusted_keys(keys, key_list)
    check = (verify_sealed if document.startswith(PDF) else verify_certificate)(document, trusted)
    if as_json:
        told = to_plain(check.certificate) if check.certificate and check.valid else None
        said = {"valid": check.valid, "fault": check.fault, "why": check.why, "certificate": told}
        click.echo(json.dumps(said, ensure_ascii=False))
    elif check.valid and check.certificate:
        click.echo("\n".join(["valid", *_lines(check.certificate)]))
    else:
        click.echo(f"false: {check.fault}: {check.why}")
    sys.exit(0 if check.valid else 1)


def _read(what: str) -> bytes:
    if what.lstrip().startswith(f'["{SCHEMA}"'):
        return what.strip().encode()
    try:
        return Path(what).read_bytes()
    except OSError as error:
        raise SpeechCorpusError("certificate.unreadable", f"{what} cannot be read: {error}") from error


def _lines(certificate: Certificate) -> list[str]:
    """Return what a certificate says, a line each; what its holder left out is not there."""
    lines = [
        f"issued by {certificate.issuer}",
        f"period {certificate.period_from} to {certificate.period_to}",
    ]
    lines += [f"name {certificate.name}"] if certificate.name else []
    for row in certificate.rows:
        kind = " ".join(filter(None, (row.type, row.variety, row.band)))
        lines.append(f"{kind}: {row.items} items, {row.audio_min} min of audio, {row.worked_h} h")
    totals = certificate.totals
    lines.append(f"total: {totals.items} items, {totals.audio_min} min of audio, {totals.worked_h} h")
    if certificate.acceptance_pct is not None:
        lines.append(f"accepted {certificate.acceptance_pct} %")
    if certificate.amount_minor is not None and certificate.exponent is not None:
        amount = Decimal(certificate.amount_minor).scaleb(-certificate.exponent)
        lines.append(f"pay {amount} {certificate.currency}")
    return lines
