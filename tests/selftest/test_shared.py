"""What the processes of a run share: whose cases are whose, and how a run is told to a worker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.names import Names
from contracts.run.shared import Shared, number, share
from contracts.target import Auth, Lent, Timeouts
from tests.selftest.answers import target


@pytest.mark.parametrize("workers", [1, 2, 3, 8, 50])
@pytest.mark.parametrize("items", [0, 1, 7, 40])
def test_shares_cover_all_once(items: int, workers: int) -> None:
    """No case is left out and none is run twice, and no worker has more than one case more than another."""
    shares = [share(list(range(items)), worker, workers) for worker in range(workers)]
    assert sorted(item for one in shares for item in one) == list(range(items))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_worker_knows_its_number() -> None:
    """By the name that xdist gives it."""
    assert [number(name) for name in ("gw0", "gw3", "gw12")] == [0, 3, 12]


def shared(folder: Path) -> Shared:
    """What a run with everything in its profile shares."""
    full = target(
        "http://127.0.0.1:9",
        profile="mine",
        auth=Auth("oauth2", "http://127.0.0.1:9/token"),
        timeouts=Timeouts(1.5, 2, 3),
        foreign_project="foreign",
        foreign_expendable=True,
        disabled_project=Lent("off"),
        trunk_with_number=Lent("trunk", expendable=True, phone_number="+12015550100"),
        expendable_country="AQ",
        concurrency=3,
        paths={"getCall": ("POST", "/calls"), "getExport": None},
        nouns={"SIP Trunk": ("SIP Trunk", "Leitung ☎")},
        withdrawn=(("404-call-id", "why"),),
    )
    return Shared("run", full, seed=7, strict=True, concurrency=3, stop_file=str(folder / "stop"), blocked="why", proven=True)


def test_it_comes_to_a_worker_as_it_left(tmp_path: Path) -> None:
    """All of it, with its types, through text."""
    sent = shared(tmp_path)
    assert Shared.from_json(sent.as_json()) == sent
    plain = replace(sent, target=replace(sent.target, fault_header=None), spread=False)
    assert Shared.from_json(plain.as_json()) == plain


def test_one_process_stops_all(tmp_path: Path) -> None:
    """Also twice, and also one that was told of it by text."""
    here, there = shared(tmp_path), Shared.from_json(shared(tmp_path).as_json())
    assert not there.stopped()
    here.stop()
    here.stop()
    assert there.stopped()


@pytest.mark.parametrize(("concurrency", "workers", "size"), [(48, 1, 48), (48, 2, 24), (8, 3, 3), (1, 4, 1)])
def test_the_concurrency_is_the_whole_runs(tmp_path: Path, concurrency: int, workers: int, size: int) -> None:
    """Each worker has its part, and at least one."""
    assert replace(shared(tmp_path), concurrency=concurrency).pool_size(workers) == size


def test_workers_never_give_the_same_value() -> None:
    """Neither the first ones nor one that stands in for a dead one."""
    makers = [Names("20260101t000000-test", f"gw{index}", index, 2) for index in range(5)]
    for make in ("word", "phone_number", "ulid", "uuid", "password"):
        values = [getattr(names, make)() for names in makers for _ in range(200)]
        assert len(set(values)) == len(values), make
