"""The proof that some parts are one whole run of a target: every case of the plan once, by one suite. Pure.

Whatever is wrong is a line that names it, and where it lies; all of it is told, not only what is met first.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from contracts import __version__
from contracts.catalogue import digest
from contracts.merge.part import Part

NAMED = 3  # cases that a line names at most
MOST = 1000  # missing shards that are told at most
Planned = Callable[[str, bool], Sequence[str]]
"""The ids of the plan of a depth, and of documented cases alone."""


def faults(parts: Sequence[Part], planned: Planned, missing: Collection[tuple[str, int]] = ()) -> Iterator[str]:
    """All that says that parts are not one whole run of each of their targets.

    `missing` are targets, each with the number of a part, of which it was told already that they are not there.
    """
    foreign = [part for part in parts if list(_other_suite(part))]
    yield from (line for part in foreign for line in _other_suite(part))
    by_target: dict[str, list[Part]] = {}
    for part in parts:
        by_target.setdefault(part.target["id"], []).append(part)
    yield from (_contradictory(part) for part in parts if part.amiss and part not in foreign)
    for target, of_target in by_target.items():
        known = {part for name, part in missing if name == target}
        yield from _of_target([part for part in of_target if part not in foreign], planned, known)


def _other_suite(part: Part) -> Iterator[str]:
    """That a part was judged by another suite, or another catalogue, than this one."""
    hint = "merge it by the suite that made it"
    if (version := part.run["suite_version"]) != __version__:
        yield f"{part.folder} was made by version {version} of the suite, and this is {__version__}: {hint}"
    elif (catalogue := part.run.get("catalogue")) != digest():
        yield f"{part.folder} was judged by another catalogue ({catalogue or 'it does not say which'}, this is {digest()}): {hint}"


def _contradictory(part: Part) -> str:
    more = f", and {len(part.amiss) - NAMED} more" if len(part.amiss) > NAMED else ""
    return f"{part} ({part.folder}) contradicts itself: {'; '.join(part.amiss[:NAMED])}{more}: run it again"


def _of_target(parts: Sequence[Part], planned: Planned, missing: Collection[int]) -> Iterator[str]:
    if not parts:
        return
    own = _alike(parts)
    yield from (_stranger(part, own[0]) for part in parts if part not in own)
    by_index: dict[int, list[Part]] = {}
    for part in own:
        by_index.setdefault(part.index, []).append(part)
    name, of, lacking = own[0].target["id"], own[0].parts, own[0].parts - len(by_index)
    yield from (f"shard {index}/{of} of target {name} is missing" for index in absent(of, {*by_index, *missing}))
    yield from (_doubled(same) for same in by_index.values() if len(same) > 1)
    single = [same[0] for _, same in sorted(by_index.items())]
    plan = planned(own[0].run["depth"], own[0].run["only_documented"])
    yield from _cases(single, frozenset(plan))
    yield from _left_out(single, plan) if not lacking else _partial(single)


def _alike(parts: Sequence[Part]) -> list[Part]:
    """The parts of the run that most parts are of; where as many are of another, of the first one's."""
    kinds: dict[str, list[Part]] = {}
    for part in parts:
        kinds.setdefault(repr(part.alike), []).append(part)
    return max(kinds.values(), key=len)


def _stranger(part: Part, of_run: Part) -> str:
    unlike = [
        f"its {name} is {value}, not {of_run.alike[name]}" for name, value in part.alike.items() if value != of_run.alike[name]
    ]
    return f"{part.folder} is no part of the run of target {part.target['id']} in {of_run.folder}: {', '.join(unlike)}"


def _doubled(same: Sequence[Part]) -> str:
    where = " and ".join(f"in {part.folder} (begun {part.when})" for part in same)
    return f"{same[0]} is there {len(same)} times, {where}: give only one of them"


def absent(of: int, there: Collection[int]) -> Iterator[int]:
    """The numbers from 1 on that are not there, as far as somebody will read them: a broken file may tell of milliards."""
    return itertools.islice((index for index in range(1, of + 1) if index not in there), MOST)


def _cases(parts: Iterable[Part], plan: Collection[str]) -> Iterator[str]:
    """What is wrong with the cases that parts have."""
    first: dict[str, Part] = {}
    both: dict[tuple[int, int], list[str]] = {}
    known = list(parts)
    for at, part in enumerate(known):
        counted = Counter(part.judged)
        if unknown := [case for case in counted if case not in plan]:
            yield f"{part} ({part.folder}) has what the plan has not: {_named(unknown)}"
        if twice := [case for case, times in counted.items() if times > 1]:
            yield f"{part} ({part.folder}) has more than once: {_named(twice)}"
        if part.traffic != 1:
            yield f"{part} ({part.folder}) has the check on all traffic {part.traffic} times, not once"
        for case in counted:
            if (before := first.setdefault(case, part)) is not part:
                both.setdefault((known.index(before), at), []).append(case)
    for (one, other), cases in both.items():
        a, b = known[one], known[other]
        yield f"{a} ({a.folder}) and shard {b.index}/{b.parts} ({b.folder}) both have: {_named(cases)}"


def _left_out(parts: Sequence[Part], plan: Sequence[str]) -> Iterator[str]:
    """The cases that no part has, where all parts are there."""
    there = {case for part in parts for case in part.judged}
    if left_out := [case for case in plan if case not in there]:
        guilty = [part for part in parts if not part.complete] or parts
        who = ", ".join(f"shard {part.index}/{part.parts} ({part.folder})" for part in guilty)
        who = f"{guilty[0]} ({guilty[0].folder})" if len(guilty) == 1 else f"of target {parts[0].target['id']}, one of {who}"
        yield f"{who} left out cases of its share: {_named(left_out)}"


def _partial(parts: Iterable[Part]) -> Iterator[str]:
    """That a part says of itself that it left out something; what that is cannot be told, as other parts are missing."""
    for part in parts:
        if not part.complete and not part.spent:
            yield f"{part} ({part.folder}) says that it left out cases of its share"


def _named(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - NAMED} more" if len(cases) > NAMED else ""
    return ", ".join(cases[:NAMED]) + more


def summed(parts: Iterable[Part]) -> Mapping[str, Sequence[Part]]:
    """The parts of each target, in the order of their numbers; the targets in the order in which they came."""
    by_target: dict[str, list[Part]] = {}
    for part in parts:
        by_target.setdefault(part.target["id"], []).append(part)
    return {target: sorted(own, key=lambda part: part.index) for target, own in by_target.items()}
