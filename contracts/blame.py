"""Exceptions, each of which says whose fault it is. Only the API's fault is a *fail*, and that is a finding, not an exception."""

from __future__ import annotations


class Mistake(Exception):  # noqa: N818 - the word says whose fault it is
    """A mistake in options, environment or profile: exit status 4, one clear line, nothing sent and nothing written."""


class Defect(Exception):  # noqa: N818 - the word says whose fault it is
    """A defect of the suite itself that shows before a run begins: exit status 3, one clear line, nothing sent, nothing written."""


class Forbidden(Exception):  # noqa: N818 - the word says whose fault it is
    """Something was about to be sent where the guard lets nothing through; it was not sent. A defect of whoever tried."""


class Inconclusive(Exception):  # noqa: N818 - a verdict, not an error
    """No judgement was possible: the environment or a set-up stood in the way. Never a pass, never a fail."""


class Exhausted(Inconclusive):
    """The run's budget is used up: nothing but clean-up is sent any more. Who catches it can end early with what is judged."""


class NotExercised(Exception):  # noqa: N818 - a verdict, not an error
    """The target cannot serve this case, or the profile withdraws it; the text is the reason."""
