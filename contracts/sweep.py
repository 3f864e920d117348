"""Cleans up after runs that were killed: what their ledgers name, and what bears this suite's prefix and is old enough.

    python -m contracts.sweep [--base-url URL] [--profile NAME-OR-FILE] [--ledger DIR] [--older-than HOURS]

Nothing else is ever touched. Without --older-than only ledgers are read; a run whose process still lives is left alone.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from contracts.blame import Inconclusive, Mistake, NotExercised
from contracts.call import Call
from contracts.case import Leftover
from contracts.client import Client
from contracts.command import MISTAKE, Parser, printable
from contracts.exchange import visible
from contracts.ledger import LEDGER, Account, accounts, header, held
from contracts.names import PREFIX, Names
from contracts.target import Target, resolve
from contracts.tidy import Tidy
from contracts.transport.guard import CONFIRM
from contracts.undo import is_id
from contracts.visit import visiting

BORN = re.compile(rf"{PREFIX}-([0-9]{{8}}t[0-9]{{6}})-")
UNKNOWN, LEFT, CLEAN = 6, 1, 0  # exit statuses, beside that of a mistake
RUN = "run "
LONGEST = 24 * 366.0  # hours
SHOWN = 100  # characters of what a target lists in an id's place
PUT_ON: Mapping[str, tuple[str, str]] = {
    "getSipEndpoint": ("deleteSipEndpoint", "sipEndpointId"),
    "getAccessControlListsForTrunk": ("deleteAccessControlListFromTrunk", "accessControlListId"),
    "getCredentialListsForTrunk": ("removeCredentialListFromTrunk", "credentialListId"),
}
"""What can be on a trunk, by the list that shows it, and how it is taken off."""
LISTED: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "getCredentialLists": ("deleteCredentialList", "id", ("name",)),
    "getAccessControlList": ("deleteAccessControlList", "id", ("name",)),
    "getBlockingRules": ("deleteBlockingRuleById", "id", ("name",)),
    "getSipTrunks": ("deleteSipTrunk", "sipTrunkId", ("name", "hostName")),
}
"""What bears a name, by the list that shows it: how it is removed, and the members that name it.

What others hang on comes first, to be removed last.
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of what one run left behind: how much was removed, and what could not be; nothing, of one that is `alive`."""

    run: str
    removed: int = 0
    left: tuple[Leftover, ...] = ()
    alive: bool = False

    def __str__(self) -> str:
        run = visible(self.run)
        if self.alive:
            return f"left alone: {run}, which is still going on"
        left = (f"{visible(one.path)} ({one.operation}: {visible(one.reason)})" for one in self.left)
        return "\n".join([f"cleaned up after {run}: {self.removed} removed", *(f"  still there: {told}" for told in left)])


def sweep(folder: Path, client: Client) -> Iterator[Swept]:
    """Remove what files in a folder say that ended processes left at the client's target; a file that is done with goes."""
    for path in sorted(folder.glob("*.jsonl")):
        with held(path) as ours:
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # workers on one machine look at the same time: another one was faster
                continue
            if not (known := header(content)) or not _is_of(content, client.target):
                continue
            run = str(known["run"])
            swept = _settled(run, accounts(content), client) if ours else Swept(f"{RUN}{run}", alive=True)
            if not swept.left and ours:
                path.unlink()
        yield swept


def owing(folder: Path, target: Target) -> int:
    """How many things a sweep of a folder would see to at a target, as far as the files there say."""
    contents = (path.read_bytes() for path in folder.glob("*.jsonl"))
    ours = (content for content in contents if _is_of(content, target))
    return sum(len(account.owed) + sum(map(len, account.unknown.values())) for content in ours for account in accounts(content))


def _is_of(content: bytes, target: Target) -> bool:
    known = header(content)
    return known is not None and (known["base_url"], known["project"]) == (target.base_url, target.project)


def older(
    client: Client, age: timedelta, spared: Iterable[str] = (), now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Swept:
    """Remove what is named by this suite, and older than that by its name; what has no id is left, and told.

    What the runs that are `spared` have made is theirs. Raises Inconclusive where lists cannot be read.
    """
    theirs = tuple(f"{PREFIX}-{run}-" for run in spared)
    talk = Tidy(client, Names("sweep"))

    def old(members: Iterable[str], item: Any) -> bool:
        if (born := _born(item, members)) is None or now() - born <= age:
            return False
        return not any(str(item.get(member)).startswith(theirs) for member in members)

    owed: list[Call] = []
    for listing, (removal, parameter, members) in LISTED.items():
        for item in _items(talk, listing, {}, partial(old, members)):
            for call in _removal(talk, Call(removal), parameter, item.get("id")):
                owed.append(call)
                if listing == "getSipTrunks":
                    owed += _on_trunk(talk, call.path[parameter])
    talk.take_over(owed, (), "")
    talk.clean_up()
    return Swept(f"runs that are older than {age.total_seconds() / 3600:g} h", talk.debt.removed, tuple(talk.debt.leftovers))


def _born(item: Any, members: Iterable[str]) -> datetime | None:
    """When the run began by which an item is named, the youngest if two are; None for what is not ours.

    Only its own name counts: what stands deeper may be ours on what is lent.
    """
    names = [item.get(member) for member in members] if isinstance(item, dict) else []
    return max(filter(None, map(_time, names)), default=None)


def _on_trunk(talk: Tidy, trunk: str) -> Iterator[Call]:
    """The calls that take off a trunk what is on it."""
    for listing, (removal, parameter) in PUT_ON.items():
        below = "sipTrunkId" if listing == "getSipEndpoint" else "trunkId"
        for item in _items(talk, listing, {below: trunk}, lambda _: True):
            found = item.get("id") if isinstance(item, dict) else item
            yield from _removal(talk, Call(removal, {below: trunk}), parameter, found)
    numbers = _items(talk, "GetPhoneNumbers", {}, lambda item: isinstance(item, dict) and str(item.get("sipTrunkId")) == trunk)
    for number in numbers:
        unassigning = Call("assignPhoneNumber", body={"sipTrunkId": ""})
        yield from _removal(talk, unassigning, "phoneNumber", number.get("phoneNumber"))


def _removal(talk: Tidy, bare: Call, parameter: str, found: Any) -> Iterator[Call]:
    """The call with what a list shows as id in its path; none where that is no id, which is told as a leftover."""
    bare = bare.under(talk.target.project)
    if is_id(found):
        yield replace(bare, path={**bare.path, parameter: str(found)})
    else:
        talk.debt.report(bare, f"it is listed under {repr(found)[:SHOWN]}, which is no id")


def _items(talk: Tidy, listing: str, path: Mapping[str, str], wanted: Callable[[Any], bool]) -> list[Any]:
    """The wanted items of a list; none where the target has no such list."""
    return talk.items(Call(listing, path).under(talk.target.project), wanted) if talk.offers(listing) else []


def _settled(run: str, owing: Iterable[Account], client: Client) -> Swept:
    """Settle the accounts of one process, the newest first."""
    removed, left = 0, list[Leftover]()
    for account in reversed(list(owing)):
        talk = Tidy(client, Names(run))
        unknown = [call for calls in account.unknown.values() for call in calls[:1]]
        talk.take_over(list(account.owed.values()), unknown, f"{PREFIX}-{run}-")
        talk.clean_up()
        client.keep(f"sweep/{run}", talk.exchanges)
        removed += talk.debt.removed
        left += talk.debt.leftovers
    return Swept(f"{RUN}{run}, which ended before it had cleaned up", removed, tuple(left))


def _time(name: Any) -> datetime | None:
    """When a run began, as a name of its own says; None for what is none."""
    if not isinstance(name, str) or not (told := BORN.match(name)):
        return None
    try:
        return datetime.strptime(told[1], "%Y%m%dt%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # no calendar has it
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Sweep, and tell what was done: 0 when nothing is left, 1 when something is.

    6 when a target did not let itself be looked at, 4 for a mistake in options or environment.
    """
    options = _parser().parse_args(arguments)
    printable()
    swept: list[Swept] = []
    try:
        age = _age(options.older_than)
        target = resolve(options.base_url, options.profile, os.environ, confirmed=options.production)
        if target is None:
            raise Mistake("name a target by --base-url, PYTEST_BASE_URL or a profile: the embedded sandbox ends with its run")
        if target.read_only:
            raise Mistake(f"profile {options.profile} is read-only: to clean up, name the profile of the run that left something")
        with visiting(target, options.profile) as client:
            for one in sweep(Path(options.ledger), client):
                swept.append(one)
                sys.stdout.write(f"{client.veil.text(str(one))}\n")
            if age is not None:
                swept.append(older(client, age, [one.run.removeprefix(RUN) for one in swept if one.alive]))
                sys.stdout.write(f"{client.veil.text(str(swept[-1]))}\n")
    except Mistake as e:
        sys.stderr.write(f"{e}\n")
        return MISTAKE
    except (Inconclusive, NotExercised) as e:
        sys.stderr.write(f"not all could be looked at: {visible(str(e))}\n")
        return UNKNOWN
    if not swept:
        sys.stdout.write(_nothing(Path(options.ledger), target))
    return LEFT if any(one.left for one in swept) else CLEAN


def _age(hours: float | None) -> timedelta | None:
    """The age from which on things are old. Raises Mistake for one that is none."""
    if hours is None:
        return None
    if not 0 < hours <= LONGEST:
        raise Mistake(f"--older-than {hours:g}: give hours, more than none, and more than your longest run takes")
    return timedelta(hours=hours)


def _nothing(folder: Path, target: Target) -> str:
    """That nothing was found, and where that was looked for; ledgers of other targets may be there."""
    others = {str(known["base_url"]) for path in folder.glob("*.jsonl") if (known := header(path.read_bytes()))}
    more = f"; ledgers there name {', '.join(sorted(map(visible, others)))}" if others else ""
    return f"nothing is owed to {target.base_url}, project {target.project}, by any ledger in {folder}{more}\n"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m contracts.sweep", description="Clean up after runs that were killed.")
    parser.add_argument("--base-url", metavar="URL", help="the API that they tested (or PYTEST_BASE_URL)")
    parser.add_argument("--profile", metavar="NAME-OR-FILE", help="what the target offers and allows")
    parser.add_argument("--ledger", metavar="DIR", default=str(LEDGER), help=f"where runs write down what they make ({LEDGER})")
    parser.add_argument("--older-than", metavar="HOURS", type=float, help="also what bears this suite's prefix and is older")
    parser.add_argument(CONFIRM, dest="production", action="store_true", help="leave to send to a host of production")
    return parser


if __name__ == "__main__":
    sys.exit(main())
