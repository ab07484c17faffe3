"""Keeps the answers of health checks out of the log: whoever asks every few seconds has been told already."""

from __future__ import annotations

import logging


class WithoutProbes(logging.Filter):
    """Drops Django's line about a health check that answered 503; errors with a trace stay."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is kept."""
        path = str(getattr(getattr(record, "request", None), "path", ""))
        return not (path.startswith("/health/") and getattr(record, "status_code", 0) == 503 and not record.exc_info)
