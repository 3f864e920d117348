"""A case as a run recorded it: the requests that it sent, as calls, and what came for them; read from the run's evidence."""

from __future__ import annotations

import base64
import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from contracts.blame import Mistake
from contracts.call import Body, Call
from contracts.exchange import INFRASTRUCTURE, SECRET_HEADERS, Exchange, Failure, Request, Response
from contracts.operation import operations
from contracts.origin import Origin
from contracts.report.har import NAME, entries, origins_of, record_of
from contracts.transport.veil import HIDDEN

AUTHORIZATION = "authorization"
NEAR = 5  # ids that are named at most, where one is unknown or not the only one
NO_CASE = re.compile(r"acquaintance|sweep/.*")
"""What a run keeps beside its cases."""
CODED = frozenset({"content-encoding", "transfer-encoding"})  # what is kept is the body without them


@dataclass(frozen=True, slots=True)
class Step:
    """A request and its answer, as they were. `withheld` says what of it no evidence shows."""

    exchange: Exchange
    judged: bool
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """A case as it was: what it sent, its clean-up apart; its verdict, empty where no results lie beside the exchanges."""

    origin: Origin
    case: str
    verdict: str
    steps: Sequence[Step]
    clean_up: Sequence[Step] = ()

    @classmethod
    def of(cls, origin: Origin, case: str, verdict: str, entries: Iterable[Mapping[str, Any]]) -> Recording:
        """The recording of a case, out of its entries. Raises KeyError, TypeError and ValueError for what is none."""
        steps = _once([_step(entry, origin) for entry in _last_run(entries)])
        end = _end(steps)
        return cls(origin, case, verdict, _winners_first(steps[:end]), steps[end:])


def recorded(run: Path, wanted: str) -> Recording:
    """A case of a run: by the run's folder or its run.har, and the case's id or what only that begins with. Raises Mistake."""
    har = run / NAME if run.is_dir() else run
    origins, verdicts = origins_of(har), _verdicts(har.with_name("results.json"))
    sent = dict.fromkeys(case_of(entry) for entry in entries(har))
    case = _chosen(wanted, [name for name in sent | verdicts if name and not NO_CASE.fullmatch(name)])
    if case not in sent:
        raise Mistake(f"the run kept nothing that {case} sent, so there is nothing to replay: run the case itself, see README.md")
    try:
        of_case = [entry for entry in entries(har) if case_of(entry) == case]
        return Recording.of(origins[_part(of_case[-1])], case, verdicts.get(case, ""), of_case)
    except (LookupError, TypeError, ValueError) as e:
        raise Mistake(f"{har} tells of {case} in a way that this version does not know ({type(e).__name__}: {e})") from None


def case_of(entry: Mapping[str, Any]) -> str:
    """The case that an entry is of; empty for what no run of this suite sent."""
    return str(entry.get("request", {}).get("_contract", {}).get("case", ""))


def _part(entry: Mapping[str, Any]) -> int:
    """Which of the parts that were merged to a run an entry is of; the first, where it was never in parts."""
    return int(entry["request"]["_contract"].get("part", 0))


def _verdicts(path: Path) -> dict[str, str]:
    """The verdict of every case, as the results beside the exchanges say; none where there are no results."""
    try:
        results = json.loads(path.read_bytes())
        cases = [*(case for row in results["rows"] for case in row["cases"]), *results["checks"]]
        return {case["id"]: case["verdict"] for case in cases}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _chosen(wanted: str, known: Sequence[str]) -> str:
    """The case that is meant. Raises Mistake where that is none, or more than one."""
    found = [wanted] if wanted in known else [name for name in known if wanted and name.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        told, hint = found[:NEAR], f"{len(found)} cases of the run begin with {wanted!r}: give more of one"
    else:
        told = difflib.get_close_matches(wanted, known, NEAR, 0.5)
        told += [name for name in known if wanted and wanted in name and name not in told][: NEAR - len(told)]
        hint = f"the run has no case {wanted!r}" + (": near are" if told else f": it has {len(known)}, results.json names them")
    raise Mistake("\n  ".join([hint, *told, *(["..."] if len(found) > NEAR else [])]))


def _last_run(of_case: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries of the last run of a case that ran twice, because the first worker died; without the client's own questions."""
    known = list(of_case)
    worker = known[-1]["request"]["_contract"]["worker"]
    told = [(entry, entry["request"]["_contract"]) for entry in known]
    return [entry for entry, contract in told if contract["worker"] == worker and not contract["probe"]]


def _step(entry: Mapping[str, Any], origin: Origin) -> Step:
    told = record_of(entry)
    sent, scheme = told["request"], told["request"]["scheme"]
    headers = tuple((name, value) for name, value in sent["headers"])
    own = {name: value for name, value in headers if name.lower() in sent["own"]}
    body = _bytes(sent["body"], sent["encoding"])
    typed = any(name.lower() == "content-type" for name, _ in headers)
    operation, (path, query) = told["operation"], _place(told["operation"], sent["url"], origin)
    call = Call(operation, path, query, _document(body) if body or typed else Body.NONE, own)
    withheld = "its body, which is not whole" if sent["cut"] else ""
    withheld = "credentials of its own" if scheme == "unknown" else withheld
    withheld = "cookies of its own" if (SECRET_HEADERS - {AUTHORIZATION}) & {*sent["own"]} else withheld
    own |= {name: f"{scheme} {HIDDEN}" for name in own if name.lower() == AUTHORIZATION}
    request = Request(sent["method"], sent["url"], headers, body)
    exchange = Exchange(call, request, *_answer(told), told["started"], told["seconds"], raced=told["raced"])
    return Step(exchange, told["judged"], withheld)


def _answer(told: Mapping[str, Any]) -> tuple[Response | None, Failure | None, str]:
    answer = told["response"]
    if answer is None:
        failure, _, reason = told["failure"].partition(": ")
        return None, Failure(failure), reason
    headers = tuple((name, value) for name, value in answer["headers"] if name.lower() not in CODED)
    return Response(answer["status"], headers, _bytes(answer["body"], answer["encoding"])), None, ""


def _bytes(text: str, encoding: str) -> bytes:
    return base64.b64decode(text) if encoding == "base64" else text.encode("utf-8", "surrogatepass")


def _document(body: bytes) -> Any:
    """A body as the JSON that it was made of; the bytes themselves, where to write that again would not give the same."""
    try:
        document = json.loads(body)
        written = {json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass") for ascii_only in (True, False)}
    except (ValueError, RecursionError):
        return body
    return document if body in written else body


def _place(operation: str, url: str, origin: Origin) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """What a URL names in the path of an operation, and what it asks for. Raises ValueError where it is not that operation's."""
    line = origin.paths.get(operation)
    template = (line[1] if line else operations()[operation].path).split("/")
    parts = urlsplit(url)
    steps = parts.path.removeprefix(urlsplit(origin.base_url).path).split("/")
    if len(steps) != len(template) or any(a != b for a, b in zip(template, steps, strict=True) if "{" not in a):
        raise ValueError(f"{url} is not where {operation} was")
    path = {name[1:-1]: _plain(value) for name, value in zip(template, steps, strict=True) if name.startswith("{")}
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    return path, tuple((_plain(name), _plain(value)) for name, _, value in pairs)


def _plain(quoted: str) -> str:
    return unquote(quoted, errors="surrogatepass")


def _once(steps: Sequence[Step]) -> list[Step]:
    """The steps without those that were sent again because nothing came for them that counts."""
    kept = []
    for at, step in enumerate(steps):
        vain = step.exchange.response is None or step.exchange.status in INFRASTRUCTURE
        again = any(later.exchange.call == step.exchange.call for later in steps[at + 1 :])
        if step.judged or not (vain and again):
            kept.append(step)
    return kept


def _end(steps: Sequence[Step]) -> int:
    """Where the clean-up begins: the removals at the end. Whoever replays a case removes what is made then."""
    end = len(steps)
    while end and not steps[end - 1].judged and _removes(steps[end - 1].exchange.call):
        end -= 1
    return end


def _removes(call: Call) -> bool:
    taken_off = call.operation == "assignPhoneNumber" and isinstance(call.body, Mapping) and not call.body.get("sipTrunkId")
    return taken_off or operations()[call.operation].method == "DELETE"


def _winners_first(steps: Sequence[Step]) -> list[Step]:
    """The steps; of those that raced, the ones that succeeded first, as sent one after another only the first can win."""
    groups = (list(group) for _, group in groupby(steps, key=lambda step: step.exchange.raced))
    return [step for group in groups for step in sorted(group, key=lambda one: one.exchange.raced and not one.exchange.ok)]
