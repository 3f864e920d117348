"""The client: sends calls, hands back exchanges. No answer, and no lack of one, raises anything here."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from contracts.blame import Inconclusive
from contracts.budget import Budget
from contracts.call import Call, api
from contracts.exchange import INFRASTRUCTURE, SHUT_OUT, Exchange, Failure, Request, Response, basic
from contracts.operation import operations
from contracts.target import Target
from contracts.transport.flight import Flight, Slot
from contracts.transport.login import issuer, secrets
from contracts.transport.pause import Pause
from contracts.transport.pulse import Pulse
from contracts.transport.request import request_of
from contracts.transport.tokens import Tokens
from contracts.transport.transfer import BROKEN, blame, exchanged, tls
from contracts.transport.veil import Veil
from contracts.transport.wire import Peer, Wire, deadline
from contracts.undo import removals

if TYPE_CHECKING:
    import httpx

    from contracts.ledger import Ledger
    from contracts.traffic import Traffic

GATEWAY = INFRASTRUCTURE - {429}  # whoever says that it is asked too often lives
RENEWALS = 4  # tokens that are tried for one call: each may end while it is on its way
VAIN = 12  # tokens in a row that led to nothing: then it is hardly they that ended, and one is tried only now and then
VAIN_SECONDS = 1.0
LATELY = 10.0  # seconds after a probe that met a stand-in, for which none is the API's: what came for a call may have been its last
PROBES = (api.getSipTrunks(size=1), api.getBlockingRules(size=1))  # an operation cannot vouch for itself: then the other is asked


@dataclass(frozen=True, slots=True)
class Probed:
    """What a harmless question showed that was asked then, in seconds since the epoch: whether we are `shut_out`."""

    when: float = float("-inf")
    shut_out: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """What a contestant of a race has before it leaves: how it is authorised, and its slot, until its first request is answered."""

    authorization: str
    slot: Slot


class Client:
    """All operations of the API on one target. Threads share it, and each has a connection of its own that it uses again.

    One pool of connections for all would be searched whole, under one lock, for each request. With a budget, every request is
    paid for before it is sent, and no more are in flight than it allows; with a pause, none is sent while there is one; in a
    ledger, cases write down what they make. `tokens` come from the process that asks for them; left out, they are asked for here.
    """

    def __init__(
        self,
        target: Target,
        budget: Budget | None = None,
        *,
        tokens: Tokens | None = None,
        pause: Pause | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.target = target
        self.budget = budget
        self.ledger = ledger
        self.traffic: Traffic | None = None  # where cases write down what they sent and got
        self.proven = False  # whether any request succeeded: until then a 401 or 403 says nothing of the API (behaviour.md)
        self.pulse = Pulse(target.timeouts.patience)
        self.veil = Veil(*secrets(target))
        self._pause = pause
        self._flight = budget.flight if budget else Flight()
        self._tokens = tokens or (issuer(target, budget.token_leaving) if budget else issuer(target))
        self._local = threading.local()
        self._open: list[Wire] = []
        self._probing = threading.Lock()
        self._vain, self._vain_until = 0, 0.0
        self._probed: dict[str, Probed] = {}
        self._away = float("-inf")

    def send(self, call: Call) -> Exchange:
        """Send one call and read its answer, at most 1 MiB of it. Redirects are not followed.

        Raises NotExercised for an operation that the target's profile withdraws; nothing is sent then. Raises Inconclusive when
        no token is to be had, when the target asked to be left alone for long, and for an address that is too long to be sent:
        only an answer can have made it so. Raises Exhausted when the run's budget does not pay for it.
        """
        return self._send(call, self._own(), self._leaving(call), self._authorization())

    @property
    def renews(self) -> bool:
        """Whether another token can be had where one has ended."""
        return self._tokens is not None

    def pay(self, *calls: Call) -> None:
        """Pay for calls and for the removal of what they make, and wait until they may leave. Raises Exhausted and Inconclusive."""
        if self.budget:
            self.budget.pay(len(calls), sum(map(removals, calls)))
        if self._pause:
            self._pause.wait()  # behind the budget, whose rate may take its time

    def no_room(self, contestants: int) -> str | None:
        """Why so many calls cannot race here; None where they can."""
        return self._flight.objection(contestants)

    @contextlib.contextmanager
    def starts(self, *calls: Call) -> Iterator[list[Start]]:
        """What the contestants of a race need: their token, their slots all at once, and they are paid for. Raises as `send`."""
        authorization = self._authorization()  # first: to ask for a token takes a slot
        with self._flight.taken(len(calls)) as slots:
            self.pay(*calls)
            yield [Start(authorization, slot) for slot in slots]

    def send_alone(self, call: Call, ready: Callable[[], object], start: Start) -> Exchange:
        """Send one call over a connection of its own, after `ready` returns: a contestant of a race, with its start."""
        with contextlib.closing(self._connection()) as wire:
            return replace(self._send(call, wire, _starting(start.slot, ready), start.authorization), raced=True)

    def peer(self) -> Peer:
        """Who gave this thread its last answer."""
        return self._own().peer()

    def keep(self, case_id: str, exchanges: Sequence[Exchange], judged: Sequence[Exchange] = ()) -> None:
        """Write down what a case sent and got, and what of that it judged, where that is wanted."""
        if self.traffic:
            self.traffic.add(case_id, exchanges, judged, self.veil)

    def close(self) -> None:
        """Close every connection, and the hold on the budget. To be called when no thread sends any more."""
        for wire in self._open:
            wire.close()
        if self.budget:
            self.budget.close()
        if self.ledger:
            self.ledger.close()
        if self.traffic:
            self.traffic.close()

    def _own(self) -> Wire:
        """The connection of this thread."""
        if not hasattr(self._local, "wire"):
            self._local.wire = self._connection()
            self._open.append(self._local.wire)
        wire: Wire = self._local.wire
        return wire

    def _connection(self) -> Wire:
        return Wire(self.target.base_url, tls=tls(self.target.ca_bundle), guard=self.target.guard)

    @contextlib.contextmanager
    def _leaving(self, call: Call) -> Iterator[None]:
        """As long as a call is on its way: it has its slot, and is paid for."""
        with self._flight.taken():
            self.pay(call)
            yield

    def _send(self, call: Call, wire: Wire, leave: AbstractContextManager[object], authorization: str) -> Exchange:
        """The answer to a call; to its repetition, where an answer came of nothing but our token's end."""
        call = call.under(self.target.project)
        exchange = self._understood(self._exchange(call, wire, leave, authorization), wire, authorization)
        for _ in range(RENEWALS):
            if not (exchange.shut_out and self._refused_us(exchange)):
                break
            if self._vain >= VAIN and time.monotonic() < self._vain_until:
                break
            if (renewed := self._authorization(ended=authorization)) == authorization:
                break
            self._vain, self._vain_until = self._vain + 1, time.monotonic() + VAIN_SECONDS
            authorization = renewed
            again = self._understood(self._exchange(call, wire, self._leaving(call), renewed), wire, renewed)
            exchange = replace(again, before=(*exchange.before, replace(exchange, before=()), *again.before))
        return exchange

    def _understood(self, exchange: Exchange, wire: Wire, authorization: str) -> Exchange:
        """The exchange, `shut_out` where its answer says nothing of its call; what was sent to learn that counts."""
        if self._refused_us(exchange):
            shut_out, asked = self._shut_out(wire, exchange, authorization)
        elif exchange.response is not None and exchange.response.stand_in and exchange.status not in INFRASTRUCTURE:
            shut_out, asked = self._stood_in_for(wire, exchange)
        else:
            return exchange
        return replace(exchange, shut_out=shut_out, before=(*exchange.before, *asked))

    def _exchange(self, call: Call, wire: Wire, leave: AbstractContextManager[object], authorization: str) -> Exchange:
        """A call and its answer, sent within `leave`; until that is entered no time counts."""
        request = request_of(call, self.target, authorization)
        kept = Request(request.method, str(request.url), tuple(request.headers.items()), request.content)
        with leave:
            started, clock = time.time(), time.monotonic()
            deadline.set(clock + self.target.timeouts.total)
            answer = self._answer(wire, request)
            seconds = time.monotonic() - clock
        return Exchange(call, kept, *answer, started, seconds)

    def _answer(self, wire: Wire, request: httpx.Request) -> tuple[Response | None, Failure | None, str]:
        """What came, or what failed and why; and what that says of our token, of the target's life, and of a pause."""
        response, failure, reason = None, None, ""
        try:
            response = exchanged(wire, request, self.veil)
        except BROKEN as e:
            failure, reason = blame(e)
            reason = self.veil.text(reason)  # it may quote what came
        if response is not None and 200 <= response.status < 300 and not response.stand_in:
            self.proven, self._vain = True, 0
        gateway = response is not None and response.status in GATEWAY
        told = f"HTTP {response.status}" if response else reason
        if gateway or response is None or not response.stand_in:  # whose that is, is asked first
            self.pulse.felt(alive=response is not None and not gateway, told=told)
        if response and self._pause:
            self._pause.heed(response)  # before anybody else gets the slot
        return response, failure, reason

    def _refused_us(self, exchange: Exchange) -> bool:
        """Whether an answer says that nobody knows us, or that we may not use the run's own project, where its own key was sent."""
        call = exchange.call
        own = exchange.status == 401 or call.path.get("projectId", self.target.project) == self.target.project
        return exchange.status in SHUT_OUT and own and all(name.lower() != "authorization" for name in call.headers)

    def _shut_out(self, wire: Wire, exchange: Exchange, authorization: str) -> tuple[bool, tuple[Exchange, ...]]:
        """Whether the whole project is refused to us by now, asked once for all threads; and what was asked here to learn that."""
        probe = self._probe_for(exchange.call)
        if probe is None:
            return not self.proven, ()
        with self._probing:
            if self._authorization() != authorization:
                return True, ()  # its token ended meanwhile, and that another one is accepted does not vouch for it
            asked = () if self._known(probe).when >= exchange.started else (self._ask(probe, wire, authorization),)
            return self._known(probe).shut_out, asked

    def _stood_in_for(self, wire: Wire, exchange: Exchange) -> tuple[bool, tuple[Exchange, ...]]:
        """Whether what came stands in for the whole API by now, or did so lately; asked and told as in `_shut_out`."""
        shut_out, asked = not self.proven, tuple[Exchange, ...]()
        if probe := self._probe_for(exchange.call):
            with self._probing:
                # What a probe said holds for what came before it: what came later may be the first of many.
                if self._known(probe).when < exchange.started + exchange.seconds:
                    try:
                        asked = (self._ask(probe, wire, self._authorization()),)
                    except Inconclusive:  # nothing more may be sent, and yet the call was
                        return True, ()
                shut_out = self._known(probe).shut_out or exchange.started < self._away + LATELY
        if shut_out and exchange.response:
            self.pulse.felt(alive=False, told=f"HTTP {exchange.status}, {exchange.response.stand_in}")
        return shut_out, asked

    def _probe_for(self, call: Call) -> Call | None:
        """The harmless question to ask about a call's answer: of another operation; None where the target has none."""
        others = (probe for probe in PROBES if probe.operation != call.operation)
        offered = (probe for probe in others if self.target.offers(operations()[probe.operation]))
        return next((probe.under(self.target.project) for probe in offered), None)

    def _known(self, probe: Call) -> Probed:
        return self._probed.get(probe.operation, Probed())

    def _ask(self, probe: Call, wire: Wire, authorization: str) -> Exchange:
        """Ask a harmless question, and keep whether its answer is the API's."""
        asked = time.time()
        came = self._exchange(probe, wire, self._leaving(probe), authorization)
        away = came.response is None or came.status in INFRASTRUCTURE or bool(came.response.stand_in)
        self._probed[probe.operation] = Probed(asked, away or came.status in SHUT_OUT)
        self._away = time.time() if away else self._away
        return came

    def _authorization(self, ended: str = "") -> str:
        """The Authorization header that is the run's own, another one than that which `ended` if there are others."""
        if self._tokens is None:
            return basic(self.target.key_id, self.target.key_secret)
        token = self._tokens.token(ended.removeprefix("Bearer ")).value
        self.veil.add(token)
        return f"Bearer {token}"


@contextlib.contextmanager
def _starting(slot: Slot, ready: Callable[[], object]) -> Iterator[None]:
    """As long as a contestant's first request is on its way: it has its slot already, and leaves when all are ready."""
    with slot:
        ready()
        yield
