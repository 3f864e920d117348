"""Values of a run's own: names under its prefix, telephone numbers that fiction owns, ids that nobody issued."""

from __future__ import annotations

import itertools
import random
import re
import secrets
import time
import uuid
import zlib

PREFIX = "ect"  # error contract test: everything that a run makes is named so
SECRET_BYTES = 12
PASSWORD = re.compile(r"Pw-[0-9a-f]{24}-[0-9a-f]{8}!")
"""What a password of ours looks like."""
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# fmt: off
AREA_CODES = (
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234,
    239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309,
    310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 334, 336, 337, 339, 347, 351, 352, 360, 361,
    386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 424, 425, 430, 432,
)
# fmt: on
"""Areas of the North American plan; in each, 555-0100 to 555-0199 are set aside for fiction."""
FICTION = len(AREA_CODES) * 100


def new_run_id() -> str:
    """An id for a run: the time in UTC and four random characters, fit for a host name."""
    return time.strftime("%Y%m%dt%H%M%S", time.gmtime()) + "-" + secrets.token_hex(2)


class Names:
    """Fresh values for one process of a run. Two processes of one run never give the same value; threads may share it.

    All its passwords bear one `secret`: whoever hides that hides them all.
    """

    def __init__(self, run_id: str, worker: str = "main", index: int = 0, workers: int = 1) -> None:
        self._stem = f"{PREFIX}-{run_id}-{worker}"
        self._words = itertools.count(1)
        replaced, place = divmod(index, workers)  # a worker beyond the first ones stands in for a dead one
        first = zlib.crc32(run_id.encode()) + place + replaced * (FICTION // 5 // workers) * workers
        self._numbers = itertools.count(first, workers)
        self._random = random.Random(f"{run_id} {worker}")  # noqa: S311 - ids that nobody issued need not be secret
        self.secret = secrets.token_hex(SECRET_BYTES)

    def word(self) -> str:
        """A name under the run's prefix: lower case letters, digits and hyphens, at most 63 characters; none begins another."""
        return f"{self._stem}-{next(self._words):06}"

    def phone_number(self) -> str:
        """A telephone number reserved for fiction, as E.164 with its plus."""
        area, line = divmod(next(self._numbers) % FICTION, 100)
        return f"+1{AREA_CODES[area]}55501{line:02}"

    def ulid(self) -> str:
        """A resource id that was never issued: 26 characters, its time in the past of the API."""
        return "01" + self._random.choice("0123456789") + "".join(self._random.choices(CROCKFORD, k=23))

    def uuid(self) -> str:
        """A project id that was never issued."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def address(self) -> str:
        """An IPv4 address set aside for documentation."""
        return f"192.0.2.{self._random.randint(1, 254)}"

    def password(self) -> str:
        """A password that guards nothing: it lives as long as the case."""
        return f"Pw-{self.secret}-{self._random.getrandbits(32):08x}!"
