"""What the suite makes up by itself is what it is said to be: fresh, well-formed, and harmless whatever a target does with it."""

from __future__ import annotations

import ipaddress
import itertools
import re
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import phonenumbers
import pycountry
import pytest

from contracts.maker import EMPTY_COUNTRY
from contracts.names import AREA_CODES, FICTION, PASSWORD, PREFIX, Names, new_run_id
from contracts.operation import operations
from contracts.target import Lent
from contracts.world import World
from tests.contract.unknown import NO_ID
from tests.selftest.answers import PROJECT
from tests.selftest.fake import Fake, world

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # typed here anew: no I, L, O and U
MAKERS = ("word", "phone_number", "ulid", "uuid", "password")
DOCUMENTATION = [ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]
"""RFC 5737 and RFC 3849."""
ULID = re.compile(f"[0-7][{CROCKFORD}]{{25}}")
FICTIONAL = re.compile(r"\+1([2-9]\d\d)55501\d\d")
"""The North American plan sets 555-0100 to 555-0199 aside in each of its areas."""
WORDS = {EMPTY_COUNTRY, "US", "INBOUND", "UDP", PROJECT, "1", "32", "5060", "True"}
"""What any two cases may send alike: a country, a direction, a transport, numbers, and the run's own project."""


def names(index: int = 0, workers: int = 1, run_id: str = "20260101t000000-test") -> Names:
    """The names of one worker."""
    return Names(run_id, f"gw{index}", index, workers)


def numbers(of: Names, count: int) -> list[str]:
    """So many telephone numbers, one after the other."""
    return [of.phone_number() for _ in range(count)]


# -- names --------------------------------------------------------------------------------------------------------------------


def test_threads_of_workers_never_give_the_same_value() -> None:
    """Whichever thread of whichever worker asks."""
    workers = [names(index, 3) for index in range(3)]

    def made(of: Names) -> list[str]:
        return [getattr(of, maker)() for maker in MAKERS for _ in range(100)]

    with ThreadPoolExecutor(12) as threads:
        values = list(itertools.chain.from_iterable(threads.map(made, workers * 8)))
    assert len(values) == len(set(values)) == 12_000


@pytest.mark.parametrize("index", [0, 1, 10, 999])
def test_a_name_is_a_host_name_under_the_runs_prefix(index: int) -> None:
    """One label of small letters, digits and hyphens; a user's name and an export's key may be made of these, too."""
    run_id = new_run_id()
    for word in (names(index, 1000, run_id).word() for _ in range(50)):
        assert word.startswith(f"{PREFIX}-{run_id}-gw{index}-")
        assert re.fullmatch(r"[a-z](?:[a-z0-9\-]{0,61}[a-z0-9])", word)
        assert "--" not in word


def test_no_name_begins_another() -> None:
    """Neither of one worker nor of two, of which the number of one begins the other's: a search for one finds it alone."""
    words = sorted(of.word() for of in (names(1, 20), names(10, 20), names(11, 20)) for _ in range(150))
    assert not any(later.startswith(earlier) for earlier, later in itertools.pairwise(words))


def test_runs_are_told_apart() -> None:
    """Two runs of one second differ, and an id says when it was made."""
    ids = {new_run_id() for _ in range(20)}
    assert len(ids) > 15
    assert all(re.fullmatch(r"\d{8}t\d{6}-[0-9a-f]{4}", run_id) for run_id in ids)


# -- ids that nobody issued ---------------------------------------------------------------------------------------------------


def test_an_unissued_id_is_a_ulid() -> None:
    """26 letters of its alphabet that fit into 128 bits."""
    assert all(ULID.fullmatch(of.ulid()) for of in [names()] for _ in range(500))


def test_the_time_of_an_unissued_id_is_past() -> None:
    """No API can issue it any more."""
    made = [names().ulid(), *(of.ulid() for of in [names(1, 2)] for _ in range(500))]
    moments = [sum(CROCKFORD.index(c) * 32**place for place, c in enumerate(reversed(ulid[:10]))) / 1000 for ulid in made]
    assert max(moments) < time.time()


def test_an_unissued_project_is_a_uuid() -> None:
    """A random one, of version 4, as it is written."""
    for project in (of.uuid() for of in [names()] for _ in range(500)):
        read = uuid.UUID(project)
        assert (str(read), read.version, read.variant) == (project, 4, uuid.RFC_4122)


def test_a_malformed_id_is_neither() -> None:
    """In either case of its letters; and yet it needs no escape in a path."""
    assert not ULID.fullmatch(NO_ID.upper())
    assert re.fullmatch(r"[a-z\-]+", NO_ID)
    with pytest.raises(ValueError, match="badly formed"):
        uuid.UUID(NO_ID)


# -- telephone numbers --------------------------------------------------------------------------------------------------------


def test_every_number_is_of_fiction_and_can_be_dialled() -> None:
    """All that there are: each in an area of the United States, where it is no number of anybody."""
    every = numbers(names(), FICTION)
    assert len(set(every)) == FICTION == len(set(AREA_CODES)) * 100
    for number in every:
        assert (found := FICTIONAL.fullmatch(number)), number
        assert phonenumbers.is_possible_number(phonenumbers.parse(number))
        assert int(found[1]) in AREA_CODES


@pytest.mark.parametrize("area", AREA_CODES)
def test_an_area_is_of_the_country_that_numbers_are_created_with(area: int) -> None:
    """`countryCode` is US in every creation."""
    assert phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area}2345678")) == "US"


@pytest.mark.parametrize("workers", [1, 2, 3, 7, 48])
def test_numbers_do_not_repeat_until_they_are_used_up(workers: int) -> None:
    """As long as no worker takes more than its part; then they begin again."""
    part = FICTION // workers
    every = [number for index in range(workers) for number in numbers(names(index, workers), part)]
    assert len(set(every)) == len(every) == part * workers
    assert set(numbers(names(), FICTION + 1)) == set(numbers(names(), FICTION))


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_a_worker_that_stands_in_for_a_dead_one_has_numbers_of_its_own(workers: int) -> None:
    """Four times over, as long as none takes more than a fifth of a part."""
    few = FICTION // 5 // workers
    every = [number for index in range(workers * 5) for number in numbers(names(index, workers), few)]
    assert len(set(every)) == len(every)


# -- what is sent -------------------------------------------------------------------------------------------------------------


def test_addresses_are_of_documentation() -> None:
    """Single hosts: neither a network nor its broadcast."""
    made = {ipaddress.ip_address(of.address()) for of in [names()] for _ in range(500)}
    assert len(made) > 100
    assert all(any(address in net for net in DOCUMENTATION) for address in made)
    assert not made & {end for net in DOCUMENTATION for end in (net[0], net[-1])}


def test_a_blocking_rule_matches_no_real_number() -> None:
    """Its numbers are of fiction and whole, so that none is the beginning of another; its country has no numbers at all."""
    here = a_world()
    for _ in range(20):
        body = here.rule_body()
        assert body["callerCountry"] == body["calleeCountry"] == EMPTY_COUNTRY
        for match in (body["callerMatch"], body["calleeMatch"]):
            assert FICTIONAL.fullmatch(match)
            assert not any(phonenumbers.is_possible_number(phonenumbers.parse(match + digit)) for digit in "0123456789")
    assert pycountry.countries.get(alpha_2=EMPTY_COUNTRY) is not None
    assert phonenumbers.country_code_for_region(EMPTY_COUNTRY) == 0


@pytest.mark.parametrize("operation", operations())
def test_what_any_operation_may_be_sent_is_harmless(operation: str) -> None:
    """A name of the run's own, an id that nobody issued, an address or a number of nobody, or a word that says nothing."""
    for text in texts(a_world().any_arguments(operation)):
        assert text in WORDS or any(fits(text) for fits in HARMLESS), text


@pytest.mark.parametrize("operation", operations())
def test_what_operations_are_sent_is_fresh(operation: str) -> None:
    """Two times the same operation, two times other values."""
    here = a_world()
    one, other = (set(texts(here.any_arguments(operation))) - WORDS for _ in range(2))
    assert not {text for text in one & other if not _documentation(text)}


def test_a_number_that_a_profile_lends_is_never_made() -> None:
    """The one that would come next is passed over; clean-up would remove it as ours."""
    plain = a_world()
    first, second = plain.phone_number(), plain.phone_number()
    assert world(Fake({}, trunk_with_number=Lent("trunk", phone_number=first))).phone_number() == second


def a_world() -> World:
    """A world that sends nothing."""
    return world(Fake({}))


def texts(value: Any) -> Iterator[str]:
    """The leaves of arguments, as texts."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        yield from itertools.chain.from_iterable(map(texts, value))
    else:
        yield str(value)


def _documentation(text: str) -> bool:
    """An address that is nobody's."""
    try:
        return any(ipaddress.ip_address(text) in net for net in DOCUMENTATION)
    except ValueError:
        return False


HARMLESS: tuple[Callable[[str], object], ...] = (
    re.compile(rf"{PREFIX}-[a-z0-9\-]+(?:\.invalid)?").fullmatch,  # RFC 2606 keeps `invalid` out of every name server
    ULID.fullmatch,
    FICTIONAL.fullmatch,
    PASSWORD.fullmatch,
    _documentation,
)
