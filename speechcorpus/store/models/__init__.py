"""The catalogue's tables, one file a subject."""

from speechcorpus.store.models.base import Base
from speechcorpus.store.models.capture import Blob, Calibration, Chunk, Clip, Revision, Segment, Sitting, Take
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
from speechcorpus.store.models.people import Consent, Contributor, Credential, LoginSession, Staff
from speechcorpus.store.models.tasks import Claim, Project, Prompt, Task, TaskPrompt, TermsVersion

__all__ = [
    "AccessToken",
    "Audit",
    "Base",
    "Blob",
    "Calibration",
    "Chunk",
    "Claim",
    "Clip",
    "Consent",
    "Contributor",
    "CorpusName",
    "Credential",
    "FindingRow",
    "Job",
    "LoginSession",
    "MeasurementRow",
    "OutcomeRow",
    "Project",
    "Prompt",
    "Receipt",
    "Release",
    "ReleaseItem",
    "Review",
    "Revision",
    "Segment",
    "Sitting",
    "Staff",
    "Take",
    "Task",
    "TaskPrompt",
    "TermsVersion",
    "VerdictRow",
]
