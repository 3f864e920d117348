"""The guard: which hosts may be sent to. Deny by default; it stands below the client, so that nothing gets round it.

This machine is free. Any other host must be named by the profile, and one of production must be confirmed on top by whoever
starts the run. What a proxy, a renamed operation or a redirect makes of an address changes nothing: the guard looks at where a
request goes when it goes there.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from contracts.blame import Forbidden

PRODUCTION = ("*.api.sinch.com",)
CONFIRM = "--i-know-this-is-production"
HARMLESS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Guard:
    """Which hosts may be sent to: those that the profile `allow`s, of them those of `production` where that is `confirmed`.

    `production` are patterns of host names as in a shell. Where a target is `read_only`, no request may change anything there, but
    for one to `token_url`, which changes nothing of the API; a GET to what `leaves` something behind is none either, which are
    regular expressions of paths.
    """

    allow: tuple[str, ...] = ()
    production: tuple[str, ...] = PRODUCTION
    confirmed: bool = False
    read_only: bool = False
    token_url: str | None = None
    leaves: tuple[str, ...] = ()

    def objection(self, host: str) -> str | None:
        """Why nothing may be sent to a host, and what to do; None where it may."""
        if is_loopback(host):
            return None
        if not any(_plain(host) == _plain(allowed) for allowed in self.allow):
            return f'{host} is not on this machine, and not allowed: name it in the profile as allow = ["{host}"]'
        if any(fnmatch.fnmatchcase(_plain(host), _plain(pattern)) for pattern in self.production) and not self.confirmed:
            return f"{host} is production: say {CONFIRM} if you mean it"
        return None

    def check(self, method: str, url: str, host: str) -> None:
        """Raises Forbidden for a request that may not be sent."""
        if objection := self.objection(host):
            raise Forbidden(objection)
        asks_for_token = method == "POST" and url == self.token_url
        if self.read_only and not asks_for_token and (method not in HARMLESS or self._left_by(url)):
            raise Forbidden(f"the profile is read-only, and {method} {urlsplit(url).path} may change something")

    def _left_by(self, url: str) -> bool:
        """Whether whoever asks for an address leaves something behind there."""
        path = urlsplit(url).path
        while path != (decoded := unquote(path)):  # whoever answers may decode it more than once
            path = decoded
        steps = "/".join(step for step in path.split("/") if step not in {"", "."})
        return any(re.search(f"{pattern.strip('/')}$", steps, re.IGNORECASE) for pattern in self.leaves)

    def check_connection(self, host: str) -> None:
        """Raises Forbidden for a host that may not be connected to, and for one that is free as ours and is not ours."""
        if objection := self.objection(host):
            raise Forbidden(objection)
        if _plain(host) == "localhost":
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            addresses = {str(address[0]).partition("%")[0] for *_, address in found}
            if strange := sorted(address for address in addresses if not is_loopback(address)):
                raise Forbidden(f"{host} is to be this machine, but its name leads to {', '.join(strange)}")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine. Names are not looked up: only `localhost` is known."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return _plain(host) == "localhost"


def _plain(host: str) -> str:
    """A host as names are compared: without case, and without the dot that may end it."""
    return host.lower().removesuffix(".")
