"""What is declared of a route: who may call it, whose object its path must name, what it is refused with."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from recorder_web.declared.shapes import ANY, Shape
from speechcorpus.domain.actor import Role

Method = Literal["GET", "POST", "PUT", "DELETE"]
Whose = Literal["own", "held", "offered", "project", "others-too", "new"]
# own:         the caller's; somebody else's is answered like one that does not exist
# held:        what a reviewer holds; whoever does not hold it gets nothing of it
# offered:     to whoever does not hold it a page that offers to take it, with nothing of it
# project:     of a project that the manager looks after; another's is answered like none
# others-too:  any that there is, for whoever has the role
# new:         the caller makes the id; one that is somebody else's already is refused

STAFF: Final[frozenset[Role]] = frozenset({"reviewer", "manager", "payer", "ml", "operator"})
CONTRIBUTOR: Final[frozenset[Role]] = frozenset({"contributor"})
PARAMETER: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
AT_THE_DOOR: Final = ("auth.expired", "not-found")
UNSAFE_CODES: Final = ("auth.csrf",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route: the table of these is what the tests of access, the OpenAPI document and `docs/api.md` say.

    Parameters
    ----------
    rule : as the application is asked for it, `/claims/<claim_id>/return`
    roles : who gets past the door; None for everybody, signed in or not
    thing : what the path names, None if it names nothing that belongs to anybody
    field : what of the form, or of the address's query, names it where the path does not
    whose : whose that must be; only with a thing
    codes : what it may be refused with beyond the door, the body's form and the house's own troubles
    by_token : a program may come with a download token instead of a sign-in
    tokenless : a changing request that needs no token of a sign-in, for it carries a secret of its own
    body, answer : JSON that is read and written; for routes of the API

    Examples
    --------
    >>> Route(method="POST", rule="/claims/<claim_id>/return", roles=CONTRIBUTOR, thing="claim").side
    'contributor'
    """

    method: Method
    rule: str
    roles: frozenset[Role] | None
    thing: str | None = None
    whose: Whose = "own"
    field: str | None = None
    codes: tuple[str, ...] = ()
    by_token: bool = False
    tokenless: bool = False
    body: Shape | None = None
    answer: Shape = ANY
    statuses: tuple[int, ...] = (200,)

    def __post_init__(self) -> None:
        if self.roles is not None and not self.roles:
            raise ValueError(f"{self.rule}: nobody may call it")

    @property
    def is_unsafe(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    @property
    def side(self) -> Literal["contributor", "staff"]:
        """Whose cookie counts here."""
        return "staff" if self.rule.startswith(("/staff", "/releases")) else "contributor"

    @property
    def names(self) -> tuple[str, ...]:
        """Return what the path names, in its order.

        >>> Route(method="GET", rule="/a/<uuid:a_id>/b/<int:n>", roles=None).names
        ('a_id', 'n')
        """
        return tuple(name for _, name in PARAMETER.findall(self.rule))

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return every code it says itself, the door's among them."""
        door = AT_THE_DOOR if self.roles is not None or self.thing else ()
        csrf = UNSAFE_CODES if self.is_unsafe else ()
        return tuple(dict.fromkeys([*door, *csrf, *self.codes]))


def path_of(rule: str, **said: object) -> str:
    """Return the path of a rule with its names filled in.

    >>> path_of("/takes/<uuid:take_id>/chunks/<int:index>", take_id="t-1", index=0)
    '/takes/t-1/chunks/0'
    """
    return PARAMETER.sub(lambda found: str(said[found[2]]), rule)
