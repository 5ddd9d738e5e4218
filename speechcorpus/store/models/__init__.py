"""The catalogue's tables, one file a subject."""

from speechcorpus.store.models.base import Base
from speechcorpus.store.models.capture import Blob, Calibration, Chunk, Clip, Revision, Segment, Sitting, Take
from speechcorpus.store.models.drafts import DraftRow
from speechcorpus.store.models.editing import EventRow, SegmentEdit, TakeSound
from speechcorpus.store.models.evidence import TakeClaim, TakeHold
from speechcorpus.store.models.judging import FindingRow, MeasurementRow, OutcomeRow, Review, VerdictRow
from speechcorpus.store.models.operation import (
    AccessToken,
    Audit,
    CorpusName,
    Job,
    Receipt,
    Release,
    ReleaseItem,
)
from speechcorpus.store.models.partners import ClaimPartner, SittingPeer
from speechcorpus.store.models.people import Consent, Contributor, Credential, LoginSession, Staff
from speechcorpus.store.models.prompts import PromptImport, PromptOrigin
from speechcorpus.store.models.second import SecondTranscript, Settlement
from speechcorpus.store.models.skips import PromptSkip
from speechcorpus.store.models.sound_check import CalibrationRepeat, CheckSoundRow, DeviceCheck
from speechcorpus.store.models.tasks import Claim, Project, Prompt, Task, TaskPrompt, TermsVersion

__all__ = [
    "AccessToken",
    "Audit",
    "Base",
    "Blob",
    "Calibration",
    "CalibrationRepeat",
    "CheckSoundRow",
    "Chunk",
    "Claim",
    "ClaimPartner",
    "Clip",
    "Consent",
    "Contributor",
    "CorpusName",
    "Credential",
    "DeviceCheck",
    "DraftRow",
    "EventRow",
    "FindingRow",
    "Job",
    "LoginSession",
    "MeasurementRow",
    "OutcomeRow",
    "Project",
    "Prompt",
    "PromptImport",
    "PromptOrigin",
    "PromptSkip",
    "Receipt",
    "Release",
    "ReleaseItem",
    "Review",
    "Revision",
    "SecondTranscript",
    "Segment",
    "SegmentEdit",
    "Settlement",
    "Sitting",
    "SittingPeer",
    "Staff",
    "Take",
    "TakeClaim",
    "TakeHold",
    "TakeSound",
    "Task",
    "TaskPrompt",
    "TermsVersion",
    "VerdictRow",
]
