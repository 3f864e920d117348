"""The desk: where the workers of a run get the one token that all of them bear. It stands in the controller's memory.

A token on disk would outlive a run that is killed; here it ends with the process that asked for it.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import threading
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, answer_challenge, deliver_challenge

from contracts.blame import Exhausted, Inconclusive
from contracts.transport.tokens import Token, Tokens

HOST = "127.0.0.1"
KEY_BYTES = 32
WAITING = 64  # workers that may connect at one moment


class Desk:
    """Hands out the tokens of `source` to whoever knows the key, on this machine alone, until it is closed."""

    def __init__(self, source: Tokens) -> None:
        self.key = secrets.token_hex(KEY_BYTES)
        self._source = source
        self._closed = False
        self._listening = socket.create_server((HOST, 0), backlog=WAITING)
        self.port = int(self._listening.getsockname()[1])  # where it listens
        threading.Thread(target=self._accept, name="desk", daemon=True).start()

    def close(self) -> None:
        """Hand out nothing more."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes whoever waits there; to close it alone would let one more in
        self._listening.close()

    def _accept(self) -> None:
        while not self._closed:
            with contextlib.suppress(OSError):
                connection = Connection(self._listening.accept()[0].detach())
                threading.Thread(target=self._serve, args=(connection,), name="desk", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        # The key is asked for here and not where connections are taken: nobody waits for one who says nothing.
        with contextlib.suppress(OSError, EOFError, AuthenticationError), connection:
            deliver_challenge(connection, bytes.fromhex(self.key))
            answer_challenge(connection, bytes.fromhex(self.key))
            while True:
                ended = connection.recv_bytes().decode()
                if self._closed:
                    return
                connection.send_bytes(json.dumps(self._told(ended)).encode())

    def _told(self, ended: str) -> dict[str, str | float]:
        try:
            token = self._source.token(ended)
        except Inconclusive as e:
            return {"refusal": str(e), "kind": type(e).__name__}
        return {"value": token.value, "renew_at": token.renew_at}


class AtDesk:
    """The way to the desk of another process. For one thread at a time: `tokens.Kept` stands before it."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._connection: Connection | None = None

    def token(self, ended: str = "") -> Token:
        """As `Tokens` says. Raises Inconclusive where the desk is gone, too."""
        try:
            if self._connection is None:
                self._connection = Client((HOST, self._port), authkey=bytes.fromhex(self._key))
            self._connection.send_bytes(ended.encode())
            told = json.loads(self._connection.recv_bytes())
        except (OSError, EOFError) as e:
            raise Inconclusive(f"no token: the process that asks for it is gone ({type(e).__name__})") from None
        if "refusal" in told:
            raise (Exhausted if told["kind"] == Exhausted.__name__ else Inconclusive)(told["refusal"])
        return Token(told["value"], told["renew_at"])
