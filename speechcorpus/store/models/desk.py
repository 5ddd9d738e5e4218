"""What managers keep: how much of what is wanted, terms that are still being written, whose project it is."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base


class Target(Base):
    """How many accepted minutes a project wants of one variety, style and band."""

    __tablename__ = "target"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes_wanted"),)

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    variety: Mapped[str] = mapped_column(String(8), primary_key=True)
    style: Mapped[str] = mapped_column(String(12), primary_key=True)
    band: Mapped[str] = mapped_column(String(8), primary_key=True)
    minutes: Mapped[int]


class TermsDraft(Base):
    """The terms text a project is working on, faults and all: nothing a manager wrote is lost."""

    __tablename__ = "terms_draft"

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(
        default=1
    )  # grows with every saving: an older page overwrites nothing
    saved_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    saved_at: Mapped[datetime]


class ProjectManager(Base):
    """Who looks after a project; a project without a row is every manager's."""

    __tablename__ = "project_manager"

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    since: Mapped[datetime]
