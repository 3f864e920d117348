"""A walk told to a person: one line a step, with short names for ids, and the same as a shell script that can be run again.

Neither bears a secret: the script asks the environment for the key, and makes up passwords of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.call import Body, Call
from contracts.case import Story
from contracts.exchange import Exchange, hide_members, visible
from contracts.inquiry import Inquiry
from contracts.model.walk import Walk
from contracts.names import PASSWORD, PREFIX
from contracts.operation import operations
from contracts.target import Target
from contracts.undo import undo_calls

LONGEST = 200  # characters of an answer in a line
NOUNS: Mapping[str, str] = {
    "createSipTrunk": "trunk",
    "createSipEndpoint": "endpoint",
    "createAccessControlList": "acl",
    "addIpRangeToAccessControlList": "range",
    "createCredentialList": "list",
    "createPhoneNumber": "number",
    "createBlockingRule": "rule",
    "ipRanges": "range",
}
"""What an id is called, by the operation that gave it, or by the member that it stands in."""
WORD = re.compile(rf"{PREFIX}-[0-9a-z-]+")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HEAD = """#!/bin/sh
# {what}
# Needs curl and python3. Set PYTEST_BASE_URL, SINCH_PROJECT_ID, SINCH_KEY_ID and SINCH_KEY_SECRET{token} before.
set -eu
: "${{PYTEST_BASE_URL:?the API to ask}}" "${{SINCH_PROJECT_ID:?a project to work in}}"
run="{prefix}-again-$$"
password="Pw-$$-$(date +%s)!"
uuid() {{ python3 -c 'import uuid; print(uuid.uuid4())'; }}
call() {{
    echo "$1 $2"
    answer=$(curl -sS {auth} -w '\\n%{{http_code}}' -X "$1" "$PYTEST_BASE_URL$2" \\
        -H 'Content-Type: application/json' ${{3+--data-raw "$3"}})
    echo "$answer"
}}
pick() {{
    echo "$answer" | sed '$d' | python3 -c '
import json, sys
value = json.load(sys.stdin)
for step in sys.argv[1].split("."):
    value = value[int(step) if isinstance(value, list) else step]
print(value)' "$1"
}}
"""


def tell(inquiry: Inquiry, walk: Walk) -> None:
    """Make the findings of a walk the inquiry's, with the story of its steps, and of the reading that showed what was wrong."""
    for finding, documented, exchange in walk.findings:
        inquiry.keep([finding], documented, exchange)
    shown = [walk.last] if walk.last and all(walk.last is not step for step in walk.steps) else []
    first = walk.findings[0][0]
    inquiry.story = told(walk.steps, inquiry.target, f"{first.rule}: {first.text}", at_once=walk.at_once, shown=shown)


def told(steps: Sequence[Exchange], target: Target, what: str, *, at_once: int = 0, shown: Sequence[Exchange] = ()) -> Story:
    """The story of some exchanges: `what` says in one line what they show, and `shown` is what was read last.

    The last so many of the steps were taken `at_once`; the script sends these in the background.
    """
    names = _Names(target.project)
    lines: list[str] = []
    shell: list[str] = []
    alone = len(steps) - at_once
    for number, exchange in enumerate([*steps, *shown]):
        racing = alone <= number < len(steps)
        place, together = (alone + 1, ", at once with the others") if racing else (number + 1, "")
        lines.append(f"{place}. {_line(exchange, names)}{together}")
        shell += (line + " &" if racing else line for line in _shell(exchange.call, target, names))
        shell += ["wait"] if racing and number + 1 == len(steps) else []
        shell += [f'{name}=$(pick "{path}")' for name, path in names.learn(exchange) if not racing]
    shell += ["# what this made is removed again", *_undone(steps[:alone], target, names)]
    token, auth = _auth(steps)
    head = HEAD.format(what=visible(what), prefix=PREFIX, token=token, auth=auth)
    return Story(tuple(lines), "\n".join([head.rstrip(), *names.given(), *shell, ""]))


class _Names:
    """Short names for the ids that answers gave, and for the values that are made up."""

    def __init__(self, project: str) -> None:
        self._known: dict[str, str] = {project: "SINCH_PROJECT_ID"}
        self._given: list[str] = []

    def learn(self, exchange: Exchange) -> Iterator[tuple[str, str]]:
        """Name the ids that an answer gave: each name, and where in the answer its id stands."""
        if exchange.ok:
            for path, value in _ids(exchange.json()):
                noun = NOUNS.get(path[0] if len(path) > 1 else exchange.call.operation)
                if noun and value not in self._known:
                    yield self._named(noun, value), ".".join(path)

    def given(self) -> Iterator[str]:
        """The lines that make up values of the script's own."""
        yield from self._given

    def short(self, text: str) -> str:
        """The text with short names in it, for a person."""
        return self._replaced(PASSWORD.sub("***", text), "{}").replace("SINCH_PROJECT_ID", "project")

    def quoted(self, text: str) -> str:
        """The text as a word in double quotes for a shell, with variables in it."""
        for character in '\\"$`':
            text = text.replace(character, "\\" + character)
        return '"' + self._replaced(PASSWORD.sub("${password}", text), "${{{}}}") + '"'

    def _replaced(self, text: str, form: str) -> str:
        for value in WORD.findall(text):
            if value not in self._known:
                self._given.append(f'{self._named("name", value)}="$run-{len(self._given) + 1:06}"')
        for value in UUID.findall(text):
            if value not in self._known:
                self._given.append(f"{self._named('id', value)}=$(uuid)")
        for value in sorted(self._known, key=len, reverse=True):
            text = text.replace(value, form.format(self._known[value]))
        return text

    def _named(self, noun: str, value: str) -> str:
        count = sum(name.rstrip("0123456789") == noun for name in self._known.values())
        self._known[value] = f"{noun}{count + 1}"
        return self._known[value]


def _line(exchange: Exchange, names: _Names) -> str:
    call = exchange.call
    sent = "" if call.body is Body.NONE else " " + json.dumps(call.body, ensure_ascii=False)
    path = " ".join(value for name, value in call.path.items() if name != "projectId")
    where = call.path.get("projectId")
    under = f" in {where}" if where else ""
    answer = str(exchange.status)
    if not exchange.ok or operations()[call.operation].method == "GET":
        answer = exchange.answer_line()[:LONGEST]
    return visible(names.short(f"{call.operation} {path}".rstrip() + hide_members(sent) + under + f" -> {answer}"))


def _shell(call: Call, target: Target, names: _Names) -> Iterator[str]:
    operation = operations()[call.operation]
    method, path = target.offers(operation) or (operation.method, operation.path)
    for name, value in call.path.items():
        path = path.replace(f"{{{name}}}", value)
    words = [method, names.quoted(path.replace("+", "%2B"))]
    if call.body is not Body.NONE:
        words.append(names.quoted(json.dumps(call.body, ensure_ascii=False)))
    yield "call " + " ".join(words)


def _undone(steps: Sequence[Exchange], target: Target, names: _Names) -> Iterator[str]:
    """What removes what is left, the newest first. A script that is to end in any case does not stop at a refusal."""
    left: list[Call] = []
    for exchange in steps:
        if exchange.ok:
            left = [call for call in left if not call.same_target(exchange.call)]
            left += undo_calls(exchange.call, exchange.json()) or ()
    for call in reversed(left):
        yield from _shell(call.under(target.project), target, names)


def _auth(steps: Sequence[Exchange]) -> tuple[str, str]:
    """What the script says of credentials, and how it gives them to curl."""
    sent = {name.lower(): value for step in steps for name, value in step.request.headers}
    if sent.get("authorization", "basic").lower().startswith("basic"):
        return "", '-u "$SINCH_KEY_ID:$SINCH_KEY_SECRET"'
    return ", and TOKEN,", '-H "Authorization: Bearer $TOKEN"'


def _ids(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every id in an answer, with the steps that lead to it."""
    if isinstance(document, dict):
        for name, inner in document.items():
            if name == "id" and isinstance(inner, str):
                yield (*path, name), inner
            else:
                yield from _ids(inner, (*path, name))
    elif isinstance(document, list):
        for index, inner in enumerate(document):
            yield from _ids(inner, (*path, str(index)))
