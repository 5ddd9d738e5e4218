"""The catalogue's tables, one file a subject."""

from speechcorpus.store.models.appeals import Acquaintance, Appeal, ClosedRefusal, Contest, GoldItem
from speechcorpus.store.models.auditions import Audition, AuditionReview, Qualification
from speechcorpus.store.models.base import Base
from speechcorpus.store.models.calls import Call, CallMessage
from speechcorpus.store.models.capture import Blob, Calibration, Chunk, Clip, Revision, Segment, Sitting, Take
from speechcorpus.store.models.desk import ProjectManager, Target, TermsDraft
from speechcorpus.store.models.drafts import DraftRow
from speechcorpus.store.models.editing import EventRow, SegmentEdit, TakeSound
from speechcorpus.store.models.evidence import TakeClaim, TakeHold
from speechcorpus.store.models.figures import CodeGateRow, ReviewerPause
from speechcorpus.store.models.identity import IdentityPrivate
from speechcorpus.store.models.inspection import PictureRow
from speechcorpus.store.models.judging import FindingRow, MeasurementRow, OutcomeRow, Review, VerdictRow
from speechcorpus.store.models.keys import KeyChallenge, Passkey, StaffPassword
from speechcorpus.store.models.ledger import (
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payout,
    PayoutLine,
)
from speechcorpus.store.models.operation import (
    AccessToken,
    Audit,
    CorpusName,
    Download,
    Job,
    Receipt,
    Release,
    ReleaseDelta,
    ReleaseItem,
    Upkeep,
)
from speechcorpus.store.models.pairs import TakePair
from speechcorpus.store.models.partners import ClaimPartner, SittingPeer
from speechcorpus.store.models.people import Consent, Contributor, Credential, LoginSession, Staff
from speechcorpus.store.models.prompts import PromptImport, PromptOrigin
from speechcorpus.store.models.rounds import ClockPulse, Offer, Round, RoundEntry, TimeLost
from speechcorpus.store.models.second import SecondTranscript, Settlement
from speechcorpus.store.models.skips import PromptSkip
from speechcorpus.store.models.sound_check import CalibrationRepeat, CheckSoundRow, DeviceCheck
from speechcorpus.store.models.tasks import Claim, Project, Prompt, Task, TaskPrompt, TermsVersion
from speechcorpus.store.models.timing import ClaimTime, EditorBeat
from speechcorpus.store.models.withdrawals import (
    ReleaseContent,
    Tombstone,
    Withdrawal,
    WithdrawalFeed,
    WithdrawnItem,
)

__all__ = [
    "AccessToken",
    "Acquaintance",
    "Appeal",
    "Audit",
    "Audition",
    "AuditionReview",
    "Base",
    "Blob",
    "Calibration",
    "CalibrationRepeat",
    "Call",
    "CallMessage",
    "CheckSoundRow",
    "Chunk",
    "Claim",
    "ClaimPartner",
    "ClaimTime",
    "Clip",
    "ClockPulse",
    "ClosedRefusal",
    "CodeGateRow",
    "Consent",
    "Contest",
    "Contributor",
    "CorpusName",
    "Credential",
    "DeviceCheck",
    "Download",
    "DraftRow",
    "EditorBeat",
    "EventRow",
    "FindingRow",
    "GoldItem",
    "IdentityPrivate",
    "Job",
    "KeyChallenge",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "LoginSession",
    "MeasurementRow",
    "Offer",
    "OutcomeRow",
    "Passkey",
    "Payout",
    "PayoutLine",
    "PictureRow",
    "Project",
    "ProjectManager",
    "Prompt",
    "PromptImport",
    "PromptOrigin",
    "PromptSkip",
    "Qualification",
    "Receipt",
    "Release",
    "ReleaseContent",
    "ReleaseDelta",
    "ReleaseItem",
    "Review",
    "ReviewerPause",
    "Revision",
    "Round",
    "RoundEntry",
    "SecondTranscript",
    "Segment",
    "SegmentEdit",
    "Settlement",
    "Sitting",
    "SittingPeer",
    "Staff",
    "StaffPassword",
    "Take",
    "TakeClaim",
    "TakeHold",
    "TakePair",
    "TakeSound",
    "Target",
    "Task",
    "TaskPrompt",
    "TermsDraft",
    "TermsVersion",
    "TimeLost",
    "Tombstone",
    "Upkeep",
    "VerdictRow",
    "Withdrawal",
    "WithdrawalFeed",
    "WithdrawnItem",
]
