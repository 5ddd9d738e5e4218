"""Who asks: every workflow is told, and checks it against the object."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["contributor", "reviewer", "manager", "payer", "ml", "operator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in person: a contributor's id, or a staff member's id, with one role."""

    role: Role
    id: str

    @property
    def name_for_audit(self) -> str:
        """Role and id, as audit rows keep it."""
        return f"{self.role}:{self.id}"
