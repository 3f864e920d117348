"""Variants that use many liberties at once: what is harmless alone may not be so in company."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator

from contracts.leeway.document import each_object, errors, fresh, successes, with_members
from contracts.leeway.envelope import all_kinds
from contracts.leeway.framing import SLOW, Frame, chunked, framed, jittering
from contracts.leeway.lag import LONGEST, lagging, since_the_last_refresh
from contracts.leeway.spelling import coded, escaped, headed, spelt, typed
from contracts.leeway.success import each_list, small_pages, status, with_more
from contracts.leeway.variant import Variant, asked, naming, overlaid

ANY_ORDER = each_list(lambda items: random.sample(items, len(items)))


def variants() -> Iterator[Variant]:
    """All of them."""
    yield Variant(
        "all-at-once",
        "points 1 and 15, HTTP, JSON",
        "ids are UUIDs, errors and successes have more members, letters are escaped, bodies compressed and in chunks",
        choice=naming(fresh),
        front=overlaid(
            status({"POST": 202, "DELETE": 200}, None),
            successes(each_object(with_more)),
            errors(with_members(details=all_kinds, trace=fresh)),
            spelt(escaped),
            typed("Application/JSON;charset=utf-8"),
            coded("gzip", gzip.compress),
            headed(server=lambda: "gateway", set_cookie=fresh),
        ),
        service=framed(Frame(chunked(100))),
    )
    yield Variant(
        "lists-at-their-worst",
        "point 15",
        "lists lag by 0 to 2 s, in another order each time, and every object says when it was served",
        front=overlaid(
            lagging(lambda: random.uniform(0, LONGEST)),  # noqa: S311 - nothing secret
            ANY_ORDER,
            successes(each_object(lambda members: {**members, "served": fresh()})),
            spelt(lambda document: json.dumps(document, indent=1)),
        ),
        threads=160,
    )
    yield Variant(
        "lists-cached-of-twenty",
        "point 15",
        "lists come out of a cache that lives 2 s, in pages of twenty",
        front=overlaid(lagging(since_the_last_refresh), asked(small_pages)),
        threads=160,
    )
    yield Variant(
        "lists-of-twenty-jittering",
        "point 15",
        "pages of twenty come late, so that items move from page to page between two of them",
        front=asked(small_pages),
        service=jittering,
        threads=96,
        checks=SLOW,
    )
