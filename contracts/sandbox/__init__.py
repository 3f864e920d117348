"""The embedded reference server: every operation of the API in memory, and every documented error of it."""

from contracts.sandbox.core import Behaviour, Sandbox
from contracts.sandbox.message import Request, Response

__all__ = ["Behaviour", "Request", "Response", "Sandbox"]
