"""What the one evaluator says of one item, with its reasons."""

from dataclasses import dataclass
from typing import Literal

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import SEVERITY_RANK

VerdictOutcome = Literal["accepted", "repairable", "rejected"]
_OUTCOMES: tuple[VerdictOutcome, ...] = ("accepted", "repairable", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """accepted (at most flags), repairable (a `fix`), rejected (a `blocks`: not to be handed in as it is)."""

    outcome: VerdictOutcome
    findings: tuple[Finding, ...]
    evaluator: str
    terms_sha256: str

    @property
    def always_paid(self) -> bool:
        """V6: one of ours among the causes, so every line of the item is paid whatever else is found."""
        return any(finding.row.pay == "always" for finding in self.findings)

    def to_json(self) -> dict[str, object]:
        """Return the verdict as values of canonical JSON, findings in their order."""
        return {
            "outcome": self.outcome,
            "findings": [finding.to_json() for finding in self.findings],
            "evaluator": self.evaluator,
            "terms_sha256": self.terms_sha256,
        }

    def to_document(self) -> str:
        """Return the canonical JSON: same bytes, same terms, same evaluator give the same text."""
        return canonical_json(self.to_json()).decode()


def worst_outcome(findings: tuple[Finding, ...]) -> VerdictOutcome:
    """V1: the outcome is the worst severity among the findings; none, or flags only, is accepted."""
    return _OUTCOMES[max((SEVERITY_RANK[finding.severity] for finding in findings), default=0)]
