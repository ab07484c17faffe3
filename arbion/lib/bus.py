"""Hints to connected people: a low-rate message to everybody who listens to a group."""

from __future__ import annotations

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)


def publish(group: str, message: dict[str, Any]) -> None:
    """Send a message to a Channels group; a layer that does not answer is logged, never an error of the caller.

    The message needs a `type` naming the consumer's method. It is a hint: receivers read the facts from the database.
    """
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(group, message)
    except (OSError, ConnectionError, TimeoutError):
        logger.warning("channel layer does not answer; group %s missed a hint", group)


def person_group(user_id: int) -> str:
    """The group of all of one person's sockets."""
    return f"person.{user_id}"
