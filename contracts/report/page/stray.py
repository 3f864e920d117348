"""Errors that no row documents, grouped by what they say, each with an example of what went over the wire. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.exchange import visible
from contracts.report.page.clip import BODY, clip
from contracts.report.page.line import anchor
from contracts.report.page.wire import body_of, curl_of, path_of
from contracts.shape import SHOWN

MOST = 100  # errors that are shown at most
FEW = 12  # errors that are shown at once
VALUES = re.compile(r"(['\"\u2018\u2019\u201c\u201d`]).+?(['\"\u2018\u2019\u201c\u201d`])|\S*\d\S*", re.DOTALL)
"""What of a message is a value: what stands between quotes, and words with a digit."""


@dataclass(frozen=True, slots=True)
class Example:
    """One such answer: the case in which it came, the request, and what came."""

    case: str
    asked: str
    curl: str
    answer: str

    @property
    def anchor(self) -> str:
        """The case as a fragment of the page's address."""
        return anchor(self.case)


@dataclass(slots=True, eq=False)
class Error:
    """Errors of one or more operations that say the same but for their values."""

    http_code: int
    status: str | None
    shape: str | None
    messages: list[str | None] = field(default_factory=list)
    by: dict[str, int] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    example: Example | None = None

    @property
    def count(self) -> int:
        """How often it came."""
        return sum(self.by.values())

    @property
    def wordings(self) -> int:
        """In how many wordings it came."""
        return len(self.messages)

    @property
    def words(self) -> str | None:
        """What it says, values left out where they differ."""
        return self.messages[0] if len(self.messages) == 1 else self.shape


class Errors:
    """The undocumented errors of a run; they wait for their examples."""

    def __init__(self, undocumented: Sequence[Mapping[str, Any]]) -> None:
        self._by_words: dict[tuple[Any, ...], Error] = {}
        self._wanted: dict[tuple[str, int], list[Error]] = {}
        for one in undocumented:
            words = (one["http_code"], one["status"], one["message"] and VALUES.sub(_left_out, one["message"][:SHOWN]))
            error = self._by_words.setdefault(words, Error(*words))
            error.messages = list(dict.fromkeys([*error.messages, one["message"]]))
            error.by[one["operation"]] = error.by.get(one["operation"], 0) + one["count"]
            error.rules = list(dict.fromkeys([*error.rules, *(finding["rule"] for finding in one["findings"])]))
            wanted = self._wanted.setdefault((one["operation"], one["http_code"]), [])
            if error not in wanted:
                wanted.append(error)
        self._by = {operation for operation, _ in self._wanted}

    def look(self, case: str, exchanges: Sequence[dict[str, Any]]) -> None:
        """Take examples from a case's exchanges, for errors that have none."""
        if not self._wanted:
            return
        for one in exchanges:
            if one["judged"] or one["operation"] not in self._by:  # which is told without reading the rest of it
                continue
            key = (one["operation"], one["response"]["status"]) if one["response"] else None
            if key in self._wanted:
                self._match(key, case, one)

    def told(self) -> list[Error]:
        """The errors, the most frequent first."""
        return sorted(self._by_words.values(), key=lambda error: -error.count)

    def _match(self, key: tuple[str, int], case: str, one: Mapping[str, Any]) -> None:
        said = _said(body_of(one["response"]))
        for error in self._wanted[key]:
            if error.example is None and error.status == said[0] and said[1] in error.messages:
                asked = clip(f"{one['request']['method']} {path_of(one['request']['url'])}")
                line = curl_of(one)
                error.example = Example(case, asked, line if len(line) <= BODY else "", clip(body_of(one["response"])))
        self._wanted[key] = [error for error in self._wanted[key] if error.example is None]
        if not self._wanted[key]:
            del self._wanted[key]
            self._by = {operation for operation, _ in self._wanted}


def _said(body: str) -> tuple[str | None, str | None]:
    """The status and message of an envelope, cut as results.json has them; None for what is no text."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    members = document if isinstance(document, dict) else {}
    status, message = (members.get(name) for name in ("status", "message"))
    return _text(status), _text(message)


def _text(value: Any) -> str | None:
    return visible(value[:SHOWN]) if isinstance(value, str) else None


def _left_out(value: re.Match[str]) -> str:
    """An ellipsis in a value's place, its quotes left."""
    return f"{value[1] or ''}…{value[2] or ''}"
