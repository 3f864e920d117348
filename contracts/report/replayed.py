"""What a replay says, as lines of text with a colour each. Pure; the command prints them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from contracts.exchange import SECRET_HEADERS, Exchange, hide_members, visible
from contracts.replay.recording import Recording, Step
from contracts.replay.repetition import Repeated
from contracts.report.line import Line
from contracts.transport.veil import HIDDEN

SHOWN = 400  # characters of a body or an answer that are shown at most
DEEP = " " * 6


def opening(recording: Recording) -> Iterator[Line]:
    """What is replayed, and in what it cannot be what it was."""
    judged = f", where its verdict was: {recording.verdict}" if recording.verdict else ""
    yield f"{visible(recording.case)} of run {visible(recording.origin.run)}{judged}", "bold"
    raced = sum(step.exchange.raced for step in recording.steps)
    if raced:
        yield f"{raced} of its requests raced; they are sent one after another, those first that succeeded then", "yellow"


def shown(recording: Recording) -> Iterator[Line]:
    """The exchanges of a case as they were, its clean-up included."""
    for number, step in enumerate((*recording.steps, *recording.clean_up), 1):
        yield from _sent(number, step, step.exchange)
        yield DEEP + _answer(step.exchange), ""


def step(number: int, repeated: Repeated) -> Iterator[Line]:
    """A step: what was sent, what came then and what comes now; of what only led there, no more than the status."""
    yield from _sent(number, repeated.step, repeated.exchange)
    if repeated.same and not repeated.step.judged:
        yield DEEP + f"HTTP {repeated.exchange.status} then and now: same", "green"
        return
    yield DEEP + f"then  {_answer(repeated.step.exchange)}", ""
    yield DEEP + f"now   {_answer(repeated.exchange)}", ""
    colour = "green" if repeated.same else "red" if repeated.step.judged else "yellow"
    yield DEEP + ("same" if repeated.same else "different"), colour


def closing(steps: Sequence[Repeated], stopped: str) -> Iterator[Line]:
    """What came of it: whether the judged answers are the same, or why nobody can say."""
    judged = [one for one in steps if one.step.judged]
    unlike = sum(not one.same for one in judged)
    others = sum(not one.same for one in steps if not one.step.judged)
    if unlike:
        yield f"different: {unlike} of {len(judged)} judged answers are not as they were", "red"
    elif not stopped:
        yield f"the same: {len(judged)} judged answers are as they were", "green"
    if others:
        yield f"{others} of the other answers differ, of which none was judged", "yellow"
    if stopped:
        yield f"it could not be replayed{' to its end' if steps else ''}: {visible(stopped)}", "yellow"


def left(repetition_left: Sequence[str]) -> Iterator[Line]:
    """What stays on the target."""
    for one in repetition_left:
        yield f"still there: {visible(one)}", "yellow"


def _sent(number: int, step: Step, exchange: Exchange) -> Iterator[Line]:
    parts = urlsplit(exchange.request.url)
    place = f"{parts.path}{'?' if parts.query else ''}{parts.query}"
    notes = [note for note, holds in (("judged", step.judged), ("raced", step.exchange.raced)) if holds]
    told = f"  ({', '.join(notes)})" if notes else ""
    yield f"{number:>4}  {exchange.call.operation}{told}", "bold"
    yield DEEP + f"{exchange.request.method} {visible(place)}", ""
    for name, value in exchange.call.headers.items():
        yield DEEP + visible(f"{name}: {HIDDEN if name.lower() in SECRET_HEADERS else value}"), ""
    if exchange.request.body:
        yield DEEP + _cut(visible(hide_members(exchange.request.body.decode("utf-8", "replace")))), ""


def _answer(exchange: Exchange) -> str:
    return _cut(visible(exchange.answer_line()))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
