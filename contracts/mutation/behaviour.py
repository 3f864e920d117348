"""Operators on what is done: checks that are missing, refusals that take effect, answers that change, races, order, strictness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from contracts.case import Case
from contracts.finding import Rule
from contracts.leeway.lag import lagging
from contracts.leeway.variant import Tally
from contracts.mutation.effect import comes_true, effect_of, has_effect
from contracts.mutation.memory import Memory
from contracts.mutation.mutant import Due, Instead, Mutant, When, always, let_through, spoilt
from contracts.mutation.value import refuse_anyway
from contracts.mutation.variant import is_of, owners
from contracts.operation import operations
from contracts.oracle import FORBIDDEN, INTERNAL
from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.asgi import Handler
from contracts.sandbox.message import Response, answer
from contracts.sandbox.refusals import REFUSALS, Refusal, refusal_response, refuse
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Check, Context

LATE = {("400-trunk-has-phone-numbers", "deleteSipTrunk"), ("400-credential-used-by-endpoint", "deleteCredential")}
LATE_ANYWHERE = {"404-project-id", "404-trunk-id", "404-acl-id", "404-credential-list-id"}
"""Rows that go before others (behaviour.md, point 9): the two that are named there, and the unknown from left to right."""
HIDDEN_FOR_A_WHILE = {
    "400-domain-unavailable/createSipTrunk/taken",
    "400-username-unavailable/createCredentialList/held-by-another-list",
    "400-phone-number-exists/createPhoneNumber/twice",
    "400-blocking-rule-exists/createBlockingRule/twice",
    "400-acl-already-on-trunk/addAccessControlListToTrunk/twice",
}
"""Refusals whose effect nothing but a list shows: one of each kind, since each takes its time."""
OTHERS: Mapping[str, tuple[str, Instead]] = {
    "status": ("the second refusal has another status", lambda due: due.told(status="UNKNOWN")),
    "code": ("the second refusal has its code as a string", lambda due: due.told(code=str(due.envelope["code"]))),
    "http": ("the second refusal comes under another HTTP status", lambda due: replace(due.response, status=409)),
    "case": ("the second refusal is written in another case", lambda due: due.told(message=due.envelope["message"].swapcase())),
}
RIGHT_OTHERS: Mapping[str, Instead] = {
    "403-forbidden": lambda due: due.told(message="You may not."),
    "400-timestamp-format": lambda due: due.told(message="Invalid timestamp format, must match yyyy-MM-dd"),
    "400-child-attached-to-parent": lambda due: due.told(message=due.envelope["message"].replace("SIP Trunk", "Trunk")),
    "404-acl-not-on-trunk": lambda due: due.told(message=_by_name(due)),
}
"""Rows that leave a choice: other answers than the sandbox's that conform, but for being others than the time before."""


def of_case(case: Case, *, alone: bool) -> Iterator[Mutant]:
    """The defects that show in one refusal only; `alone` says that its operation has no other variant of the row."""
    tail = case.id.removeprefix(f"{case.row}/{case.operation}/")

    def mutant(operator: str, rule: Rule, what: str, make: Callable[[], Instead]) -> Mutant:
        def sandbox() -> Sandbox:
            memory = Memory()
            when: When = always if alone else lambda due: is_of(case, due, memory)
            return Sandbox(behaviour=memory.watching(spoilt(case.row, make(), case.operation, when)))

        return Mutant(operator, case.row, rule, what, (case.id,), sandbox, f"{case.operation}/{tail}")

    yield mutant("check/missing", Rule.UNREFUSED, "the check is missing here", lambda: let_through)
    for name, (what, other) in OTHERS.items():
        if name != "case" or case.row != "403-forbidden":  # it has no message to be changed
            yield mutant(f"behaviour/second-differs-in-{name}", Rule.NOT_REPEATABLE, what, _second(other))
    if case.row in RIGHT_OTHERS:
        other = RIGHT_OTHERS[case.row]
        yield mutant("behaviour/second-rightly-differs", Rule.NOT_REPEATABLE, "two right refusals, not alike", _second(other))
    yield mutant("behaviour/second-succeeds", Rule.UNREFUSED, "the second request is let through", _second(let_through))
    if has_effect(case, tail):
        rule = Rule.UNREFUSED if comes_true(case, tail) else Rule.STATE_CHANGED
        effect = mutant("behaviour/takes-effect", rule, "the refused request takes effect", lambda: effect_of(case))
        yield effect
        if case.id in HIDDEN_FOR_A_WHILE:
            what = "the refused request takes effect, and lists show it a second later"
            yield replace(effect, operator="behaviour/takes-effect-unseen", what=what, front=_late_lists)
    if tail.endswith("elsewhere"):
        yield mutant("foreign/details", Rule.FOREIGN_DATA, "details name the project that has it", lambda: _owner_in_details)
        yield mutant("foreign/member", Rule.FOREIGN_DATA, "a member names the project that has it", lambda: _owner_as_member)


def of_operation(row: str, operation: str) -> Iterator[Mutant]:
    """The defects of all refusals of one row by one operation."""
    beginning = f"{row}/{operation}"

    def mutant(operator: str, rule: Rule, what: str, instead: Instead, broken: str = row) -> Mutant:
        place = operation if broken == row else beginning
        return Mutant(operator, broken, rule, what, (beginning,), lambda: Sandbox(behaviour=spoilt(row, instead, operation)), place)

    if row == FORBIDDEN and operations()[operation].method == "GET":
        own = mutant("check/forbids-own", Rule.CONTROL_REFUSED, "the key may not even use its own project", let_through)
        yield replace(own, sandbox=lambda: _forbidding(operation))
    if row != INTERNAL:
        yield mutant("behaviour/fails", Rule.HTTP_STATUS, "the server fails instead", _internal)
        yield mutant("behaviour/unasked-500", Rule.SERVER_ERROR, "a 500 that nobody asked for", _internal, INTERNAL)
    if (row, operation) in LATE or (row in LATE_ANYWHERE and _more_unknown(row, operation)):
        late = mutant("check/late", Rule.MESSAGE_OTHER_ROW, "other checks go first", let_through)
        yield replace(late, sandbox=lambda: _late(row, operation))
    yield mutant("check/absent", Rule.UNREFUSED, "the operation has no such check", let_through)
    yield mutant("behaviour/empty-success", Rule.UNREFUSED, "success is said, and nothing is done", lambda _: answer(200, {}))


def _more_unknown(row: str, operation: str) -> bool:
    """Whether the operation names more in its path that may be unknown, behind what the row is about."""
    rows = [check.row for check in plans()[operation].checks if check.row and check.row.startswith("404")]
    named = len(operations()[operation].path_parameters)
    return row in rows[: min(named, len(rows)) - 1]


def _late(row: str, operation: str) -> Sandbox:
    """A sandbox in which the row's checks come last; a check that cannot do without them finds nothing, and refuses."""
    plan = plans()[operation]
    others = tuple(Check(check.name, check.row, _unaided(check)) for check in plan.checks if check.row != row)
    late = replace(plan, checks=(*others, *(check for check in plan.checks if check.row == row)))
    return Sandbox(behaviour=Behaviour(plans={**plans(), operation: late}))


def _unaided(check: Check) -> Callable[[Context], None]:
    def run(context: Context) -> None:
        try:
            check.run(context)
        except LookupError:
            refuse_anyway(check.row or "", context)

    return run


def _late_lists(sandbox: Sandbox) -> Handler:
    return lagging(lambda: 1.0)(sandbox, Tally())


def _second(then: Instead) -> Callable[[], Instead]:
    """The right refusal at first, something else when the same request comes again, and so on in turn."""

    def make() -> Instead:
        asked: Counter[tuple[str, str, str, bytes]] = Counter()

        def instead(due: Due) -> Response:
            request = due.request
            key = (request.method, request.raw_path, request.query_string, request.body)
            asked[key] += 1
            return then(due) if asked[key] % 2 == 0 else due.response

        return instead

    return make


def _forbidding(operation: str) -> Sandbox:
    """A sandbox in which one operation is forbidden to everybody."""
    plan = plans()[operation]
    barred = Check("nobody_allowed", FORBIDDEN, lambda _: refuse(FORBIDDEN))
    return Sandbox(behaviour=Behaviour(plans={**plans(), operation: replace(plan, checks=(*plan.checks, barred))}))


def _by_name(due: Due) -> str:
    trunk = due.values["trunk"]
    message: str = due.envelope["message"]
    return message.replace(trunk, due.context.state.trunks[trunk].name)


def _internal(_: Due) -> Response:
    return refusal_response(Refusal(INTERNAL), REFUSALS)


def _owner_in_details(due: Due) -> Response:
    info = {"type": "ErrorInfo", "reason": "NOT_YOURS", "domain": "trunks", "metaData": {"owner": min(owners(due))}}
    return due.told(details=[info])


def _owner_as_member(due: Due) -> Response:
    return due.told(owner=min(owners(due)))
