"""Conforming variants of the sandbox: what the specification leaves open, used."""
