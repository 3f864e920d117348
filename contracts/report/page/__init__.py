"""The parts of report.html: what it shows, made ready in Python; its template, style and script stand beside it."""
