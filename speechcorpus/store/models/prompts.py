"""Where prompts came from: the imports of files, and the line that each prompt was made of."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256


class PromptImport(Base):
    """One file that was brought in: append-only."""

    __tablename__ = "prompt_import"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(Sha256)
    form: Mapped[str] = mapped_column(String(16))  # tsv | text | common-voice
    licence: Mapped[str] = mapped_column(String(24))
    log: Mapped[dict[str, Any]] = mapped_column(JSON)  # what became of the lines that are no new prompt
    author: Mapped[str] = mapped_column(String(60))  # Actor.name_for_audit
    created_at: Mapped[datetime]


class PromptOrigin(Base):
    """The line a prompt was made of, as it stood, and every change to it: append-only."""

    __tablename__ = "prompt_origin"

    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"), primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("prompt_import.id"))
    line_number: Mapped[int]
    line: Mapped[str] = mapped_column(Text)
    changes: Mapped[list[Any]] = mapped_column(JSON)  # {kind, before, after}
