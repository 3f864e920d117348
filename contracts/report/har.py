"""run.har: all exchanges of a run as HAR 1.2, for browsers' developer tools and other readers of it, and for `contracts.replay`.

It is written and read an exchange at a time, for a run may have hundreds of thousands; `record_of` is the way back. What HAR has no
member for stands in members whose names begin with an underscore, as HAR asks for: `_contract` of a request, and `_error` of a
response that never came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import harfile

from contracts import __version__
from contracts.blame import Mistake
from contracts.exchange import visible
from contracts.origin import Origin
from contracts.report.results import whole
from contracts.traffic import Told, in_order

NAME = "run.har"
CREATOR = "trunking-error-contracts"
UNKNOWN = "unknown"
PHRASES = {status.value: status.phrase for status in HTTPStatus}
CUT, TOO_LARGE = "cut", "too large to be read to its end"
CONTRACT = ("operation", "judged", "probe", "raced")
ENTRIES = re.compile(r'"entries"\s*:\s*\[')
COMMENT = re.compile(r'"comment"\s*:\s*("(?:[^"\\]|\\.)*")')
PIECE = 1024 * 1024  # characters that are read at once
NAMED = 8  # folders of a fleet that are named at most
LATEST = 253402300799.0  # seconds of the epoch: the last that a date can tell


@dataclass
class Sent(harfile.Request):
    """A request with what only this suite knows of it."""

    contract: Mapping[str, Any] = field(default_factory=dict)

    def asdict(self) -> dict[str, Any]:
        """The members of the request."""
        return {**super().asdict(), "_contract": dict(self.contract)}


@dataclass
class Missing(harfile.Response):
    """What stands in the place of an answer that never came: the status 0, and why, as Chromium writes it."""

    error: str = ""

    def asdict(self) -> dict[str, Any]:
        """The members of the response."""
        return {**super().asdict(), "_error": self.error}


def write(origin: Origin, traffic: Path, folder: Path) -> Path:
    """Write run.har whole or not at all. Raises OSError."""
    path, creator = folder / NAME, harfile.Creator(CREATOR, __version__)
    with (
        whole(path) as partial,
        partial.open("w", encoding="ascii") as file,
        harfile.open(file, creator=creator, comment=origin.as_json()) as har,
    ):
        for line, exchange in in_order(traffic):
            _add(har, line, exchange)
    return path


def origins_of(path: Path) -> tuple[Origin, ...]:
    """Where the run of a run.har was, or each part of it, in the order that its entries mean by their `part`.

    Raises Mistake for what is none of this suite's, and for a fleet's, of which each target's folder has one of its own.
    """
    try:
        with path.open(encoding="utf-8") as file:
            comment = COMMENT.search(ENTRIES.split(file.read(PIECE), maxsplit=1)[0])
    except (OSError, UnicodeDecodeError) as e:
        raise Mistake(f"{path} cannot be read ({e}): name a run's folder, or its {NAME}") from None
    try:
        told = json.loads(json.loads(comment[1] if comment else "null"))
        if "folders" in told:
            raise Mistake(f"{path} is a whole fleet's: name the folder of one of its targets: {_folders(path, told['folders'])}")
        return tuple(Origin.from_json(json.dumps(one)) for one in told.get("origins", [told]))
    except (AttributeError, TypeError, ValueError):
        raise Mistake(f"{path} was not written by a run of this suite: name a run's folder, or its {NAME}") from None


def _folders(path: Path, folders: Mapping[str, str]) -> str:
    named = [visible(str(path.parent / folder)) for folder in folders.values()]
    return ", ".join(named[:NAMED]) + (f" and {len(named) - NAMED} more" if len(named) > NAMED else "")


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """The entries of a HAR, one after the other. Raises Mistake where it breaks off."""
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8") as file:
        text = file.read(PIECE)
        begun = ENTRIES.search(text)
        at = begun.end() if begun else len(text)
        while True:
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
            if text[at : at + 1] == "]":
                return
            try:
                entry, at = decoder.raw_decode(text, at)
            except ValueError:
                if not (more := file.read(PIECE)):
                    raise Mistake(f"{path} breaks off: it is no whole HAR") from None
                text, at = text[at:] + more, 0
            else:
                yield entry


def record_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as `traffic.record` had it. Raises KeyError, TypeError and ValueError for what this suite did not write."""
    sent, answer = entry["request"], entry["response"]
    contract = sent["_contract"]
    post, failed = sent.get("postData"), answer.get("_error")
    request = {name: contract[name] for name in ("scheme", "own", "encoding", "cut")}
    request |= {"body": post["text"] if post else "", "size": sent["bodySize"]}
    return {
        **{name: contract[name] for name in CONTRACT},
        "started": round(datetime.fromisoformat(entry["startedDateTime"]).timestamp(), 6),
        "seconds": round(entry["time"] / 1000, 6),
        "request": {"method": sent["method"], "url": sent["url"], "headers": _pairs(sent["headers"]), **request},
        "response": None if failed is not None else _answer(answer),
        "failure": failed or "",
    }


def _answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    content, version = answer["content"], answer["httpVersion"]
    told = content.get("comment", "")
    return {
        "status": answer["status"],
        "version": "" if version == UNKNOWN else version,
        "headers": _pairs(answer["headers"]),
        "too_large": TOO_LARGE in told,
        "body": content.get("text", ""),
        "encoding": content.get("encoding", ""),
        "size": answer["bodySize"],
        "cut": told.startswith(CUT),
    }


def _pairs(headers: Sequence[Mapping[str, str]]) -> list[list[str]]:
    return [[header["name"], header["value"]] for header in headers]


def _add(har: harfile.HarFile, line: Told, exchange: Mapping[str, Any]) -> None:
    told = "judged" if exchange["judged"] else "asked by the client itself" if exchange["probe"] else ""
    milliseconds = round(exchange["seconds"] * 1000, 3)
    har.add_entry(
        startedDateTime=datetime.fromtimestamp(min(exchange["started"], LATEST), UTC).isoformat(timespec="microseconds"),
        time=milliseconds,
        request=_request(line, exchange),
        response=_response(exchange),
        timings=harfile.Timings(send=0, wait=milliseconds, receive=0),  # no more than the whole is known
        comment="; ".join(filter(None, (line.case, exchange["operation"], told, line.worker))),
    )


def _request(line: Told, exchange: Mapping[str, Any]) -> Sent:
    sent, answer = exchange["request"], exchange["response"]
    told = {"case": line.case, "worker": line.worker, **{name: exchange[name] for name in CONTRACT}}
    told |= {name: sent[name] for name in ("scheme", "own", "encoding", "cut")}
    query = sent["url"].partition("?")[2]
    return Sent(
        method=sent["method"],
        url=sent["url"],
        httpVersion=(answer and answer["version"]) or UNKNOWN,
        headers=_records(sent["headers"]),
        queryString=_records(parse_qsl(query, keep_blank_values=True)) if query else [],
        postData=_post(sent) if sent["body"] else None,
        bodySize=sent["size"],
        contract=told,
    )


def _post(sent: Mapping[str, Any]) -> harfile.PostData:
    comment = sent["encoding"] or ("cut" if sent["cut"] else None)
    return harfile.PostData(_header(sent["headers"], "content-type"), text=sent["body"], comment=comment)


def _response(exchange: Mapping[str, Any]) -> harfile.Response:
    answer = exchange["response"]
    if answer is None:
        why = exchange["failure"]
        return Missing(0, "", UNKNOWN, content=harfile.Content(mimeType="x-unknown"), bodySize=-1, comment=why, error=why)
    content = harfile.Content(
        size=answer["size"],
        mimeType=_header(answer["headers"], "content-type") or "x-unknown",
        text=answer["body"],
        encoding=answer["encoding"] or None,
        comment=", ".join([CUT] * answer["cut"] + [TOO_LARGE] * answer["too_large"]) or None,
    )
    return harfile.Response(
        status=answer["status"],
        statusText=PHRASES.get(answer["status"], ""),
        httpVersion=answer["version"] or UNKNOWN,
        headers=_records(answer["headers"]),
        content=content,
        redirectURL=_header(answer["headers"], "location"),
        bodySize=answer["size"],
    )


def _records(pairs: Sequence[Sequence[str]]) -> list[harfile.Record]:
    return [harfile.Record(name, value) for name, value in pairs]


def _header(headers: Sequence[Sequence[str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")
