"""Tests: what runs against a target, and the tests of the suite itself."""
