"""Contract tests for the documented errors of an Elastic SIP Trunking API."""

import sys

__version__ = "0.1.0"

# httpx offers a command line, and loads rich, click and pygments for it where they are installed: 0.15 s of CPU in every worker.
# Nothing here uses it; None makes that import fail, which httpx provides for.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
