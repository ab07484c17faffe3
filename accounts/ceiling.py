"""A ceiling on how often one address may ask the API, far above what a person or a patient program needs.

The limits that guard accounts and money are stricter and elsewhere (`arbion.lib.ratelimit`); this one only keeps a
runaway program from starving the others. Where its store does not answer, the API goes on: reading must not hang on it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from accounts import context
from arbion.domain.errors import RateLimited
from arbion.lib.api import API_PREFIX, problem_of, problem_response

logger = logging.getLogger(__name__)


class ApiCeilingMiddleware:
    """Counts requests to the API by address, in windows of a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 429 once the ceiling is reached."""
        if request.path.startswith(API_PREFIX) and (wait := _seconds_to_wait(request)):
            body, headers = problem_of(RateLimited(retry_after=wait))
            return problem_response(headers=headers, **body)
        return self.get_response(request)


def _seconds_to_wait(request: HttpRequest) -> int:
    """Seconds until the next window, or 0 while there is room in this one."""
    try:
        usage = get_usage(request, group="api", key=_address, rate=settings.RATE_API, increment=True)
    except (RedisError, OSError) as error:
        logger.warning("the store of the API's ceiling does not answer: %s", type(error).__name__)
        return 0
    return max(1, int(usage["time_left"])) if usage and usage["should_limit"] else 0


def _address(_group: str, request: HttpRequest) -> str:
    return context.client_address(request) or ""
