"""Contract tests for the documented errors of an Elastic SIP Trunking API."""

__version__ = "0.1.0"
