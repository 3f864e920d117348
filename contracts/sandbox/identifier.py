"""Ids as the API issues them: 26 characters for a resource, a UUID for a project."""

from __future__ import annotations

import random
import time
import uuid

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_RANDOM_BITS = 80
_source = random.SystemRandom()


def resource_id() -> str:
    """A ULID: 48 bits of time in milliseconds, 80 random bits, in Crockford's base 32."""
    number = time.time_ns() // 1_000_000 << _RANDOM_BITS | _source.getrandbits(_RANDOM_BITS)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def project_id() -> str:
    """A random UUID."""
    return str(uuid.uuid4())


def secret() -> str:
    """Something that cannot be guessed: a key's secret or a token."""
    return f"{_source.getrandbits(192):048x}"
