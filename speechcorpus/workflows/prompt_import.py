"""Brings a file of prompts into a project: whole or not at all, with its lines and every change kept."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import Fact, SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.domain.transcript import CheckContext, TranscriptProfile, Violation
from speechcorpus.record.prompt_import import (
    Fault,
    FileForm,
    PromptFile,
    PromptLine,
    Repeat,
    read_prompts,
    require_usable_licence,
)
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Prompt, PromptImport, PromptOrigin
from speechcorpus.store.store import Store
from speechcorpus.transcribe.check import check
from speechcorpus.transcribe.reading_tier import check_reading
from speechcorpus.workflows.projects import (
    is_new,
    make_prompt,
    newest_terms,
    require_project,
    require_variety,
)
from speechcorpus.workflows.rule_tables import rule_tables

NAMED_FAULTS = 5
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A rule for transcripts that the text of a prompt does not keep; its reader will meet it."""

    number: int
    prompt_id: str
    rule: str
    severity: str
    found: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    import_id: str
    new: tuple[str, ...]
    known: int
    lines: tuple[PromptLine, ...]
    repeats: tuple[Repeat, ...]
    skipped: tuple[Fault, ...]
    remarks: tuple[Remark, ...]

    def to_json(self) -> dict[str, object]:
        """Every line with its changes, ready for a log."""
        return {
            "import": self.import_id,
            "new": len(self.new),
            "known": self.known,
            "lines": [asdict(line) for line in self.lines],
            "repeats": [asdict(one) for one in self.repeats],
            "skipped": [asdict(one) for one in self.skipped],
            "remarks": [asdict(one) for one in self.remarks],
        }


def import_prompt_file(
    store: Store,
    actor: Actor,
    project_id: str,
    data: bytes,
    *,
    file_name: str,
    form: FileForm,
    variety: str,
    kind: str,
    licence: str,
    id_prefix: str = "p",
    skip_faults: bool = False,
    now: datetime,
) -> Imported:
    """Keep the prompts of a file, the line each was made of, and a log; return what was done.

    Lines that are no prompts refuse the whole file, unless they are to be skipped; they are then in the log.

    Raises
    ------
    SittingError : `prompt.form`, with the number of the first bad line in `line`, or for a licence that
        allows no changes; `id.conflict` for a known id with another text
    """
    require_usable_licence(licence)
    found = read_prompts(data, form, id_prefix=id_prefix)
    if not skip_faults:
        _refuse_faults(found.faults)
    prompts = _prompts(found.lines, project_id, {"kind": kind, "variety": variety, "licence": licence})
    with store.catalogue.write() as session:
        require_project(session, actor, project_id)
        require_variety(session, project_id, tuple(prompts.values()))
        new = _kept(session, prompts)
        terms = Terms.from_document(newest_terms(session, project_id).document)
        remarks = _remarks(found.lines, terms.profile(kind), is_read=kind == "read")
        kept = PromptImport(
            id=str(uuid4()),
            project_id=project_id,
            file_name=file_name[:LONGEST_NAME],
            file_sha256=hashlib.sha256(data).hexdigest(),
            form=form,
            licence=licence,
            log=_log(found, remarks),
            author=actor.name_for_audit,
            created_at=now,
        )
        _add(session, actor, kept, _origins(found.lines, new, kept.id), now)
        return _imported(kept.id, found, new, remarks)


def _prompts(lines: Sequence[PromptLine], project_id: str, given: Mapping[str, str]) -> dict[int, Prompt]:
    """Return the prompts by the numbers of their lines."""
    prompts = {}
    for line in lines:
        with _told_by_line(line.number):
            said = {"id": line.id, "text": line.text, "reading": line.reading, "target_s": line.target_s}
            row = {**said, **given}
            prompts[line.number] = make_prompt(project_id, row)
    return prompts


def _add(
    session: Session, actor: Actor, kept: PromptImport, origins: Sequence[PromptOrigin], now: datetime
) -> None:
    session.add(kept)
    session.flush()
    session.add_all(origins)
    append_audit(
        session,
        actor=actor,
        action="prompts.imported",
        object=f"project:{kept.project_id}",
        detail={"prompts": len(origins), "import": kept.id, "file_sha256": kept.file_sha256},
        now=now,
    )


def _imported(import_id: str, found: PromptFile, new: Sequence[str], remarks: tuple[Remark, ...]) -> Imported:
    return Imported(
        import_id=import_id,
        new=tuple(new),
        known=len(found.lines) - len(new),
        lines=found.lines,
        repeats=found.repeats,
        skipped=found.faults,
        remarks=remarks,
    )


def _refuse_faults(faults: Sequence[Fault]) -> None:
    if not faults:
        return
    named = "; ".join(f"line {fault.number} {fault.why}" for fault in faults[:NAMED_FAULTS])
    more = len(faults) - NAMED_FAULTS
    why = f"{named}; and {more} more" if more > 0 else named
    raise SittingError("prompt.form", why, line=faults[0].number, faults=len(faults))


def _kept(session: Session, prompts: Mapping[int, Prompt]) -> list[str]:
    """Add the prompts that are not known yet, by the numbers of their lines; return their ids."""
    fresh = []
    for number, prompt in prompts.items():
        with _told_by_line(number):
            if is_new(session, prompt):
                fresh.append(prompt)
    session.add_all(fresh)
    session.flush()
    return [prompt.id for prompt in fresh]


@contextmanager
def _told_by_line(number: int) -> Iterator[None]:
    """Let a refusal name the line it is about."""
    try:
        yield
    except SittingError as error:
        facts: dict[str, Fact] = {**error.facts, "line": number}
        raise SittingError(error.code, f"line {number}: {error}", **facts) from None


def _remarks(lines: Sequence[PromptLine], profile: TranscriptProfile, *, is_read: bool) -> tuple[Remark, ...]:
    """Return what the checker of transcripts says of the texts; a read one should end like a sentence."""
    return tuple(
        Remark(
            number=line.number,
            prompt_id=line.id,
            rule=one.rule,
            severity=one.severity,
            found=one.found,
            reason=one.reason,
        )
        for line in lines
        for one in _violations(line, profile, is_read=is_read)
    )


def _violations(line: PromptLine, profile: TranscriptProfile, *, is_read: bool) -> tuple[Violation, ...]:
    """What is said of a prompt's text, whether its reading is as long, and how that is spelt."""
    tables, context = rule_tables(), CheckContext(sentence_prompt=is_read, reading=line.reading)
    if line.reading is None:
        return check(line.text, profile, tables, context)
    beside = replace(profile, reading_tier="optional")
    return (*check(line.text, beside, tables, context), *check_reading(line.reading, beside, tables))


def _log(found: PromptFile, remarks: Sequence[Remark]) -> dict[str, object]:
    return {
        "repeats": [asdict(one) for one in found.repeats],
        "skipped": [asdict(one) for one in found.faults],
        "remarks": [{"number": one.number, "rule": one.rule, "found": one.found} for one in remarks],
    }


def _origins(lines: Sequence[PromptLine], new: Sequence[str], import_id: str) -> list[PromptOrigin]:
    fresh = set(new)
    return [
        PromptOrigin(
            prompt_id=line.id,
            import_id=import_id,
            line_number=line.number,
            line=line.line,
            changes=[asdict(change) for change in line.changes],
        )
        for line in lines
        if line.id in fresh
    ]
