"""What sound checks leave behind: measured check takes, repeat checks of a calibration, device checks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256


class CheckSoundRow(Base):
    """What a worker measured of a `check` take: all that calibrations and device checks rest on."""

    __tablename__ = "check_sound"

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"), primary_key=True)
    sound: Mapped[dict[str, Any]] = mapped_column(JSON)  # as `record.check_sound` writes it
    created_at: Mapped[datetime]


class CalibrationRepeat(Base):
    """One reading beside the reference with a calibration that was made earlier: never changed."""

    __tablename__ = "calibration_repeat"

    calibration_id: Mapped[str] = mapped_column(ForeignKey("calibration.id"), primary_key=True)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    reading_dba: Mapped[str] = mapped_column(String(24))
    level_dbfs: Mapped[str] = mapped_column(String(24))  # ours, of the take
    difference_db: Mapped[str] = mapped_column(String(24))  # calibrated level less the reading
    agrees: Mapped[bool]
    created_at: Mapped[datetime]


class DeviceCheck(Base):
    """What the browser reported of its microphone's path, and what we found in its take: never changed."""

    __tablename__ = "device_check"

    id: Mapped[str] = mapped_column(Id, primary_key=True)  # made in the browser
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), index=True)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"))
    capture_path: Mapped[str] = mapped_column(String(12))
    device: Mapped[dict[str, Any]] = mapped_column(JSON)  # of its sitting
    claimed: Mapped[dict[str, Any]] = mapped_column(JSON)  # the report as it came
    found: Mapped[list[Any]] = mapped_column(JSON)  # our own: [{name, result, facts}, …]
    passed: Mapped[bool]  # none of ours failed
    body_sha256: Mapped[str] = mapped_column(Sha256)
    created_at: Mapped[datetime]
