"""Hints to connected people: a low-rate message to everybody who listens to a group."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


# The group of every connected person's sockets.
EVERYONE = "everyone"


class _Home:
    """The event loop that holds this process's sockets."""

    loop: asyncio.AbstractEventLoop | None = None


def listen_here() -> None:
    """Remember the running event loop as the one whose sockets wait for messages."""
    _Home.loop = asyncio.get_running_loop()


def publish(group: str, message: dict[str, Any]) -> None:
    """Send a message to a Channels group; a layer that does not answer is logged, never an error of the caller.

    The message needs a `type` naming the consumer's method. It is a hint: receivers read the facts from the database.
    """
    layer = get_channel_layer()
    if layer is None:
        return
    if isinstance(layer, InMemoryChannelLayer):
        _publish_inside(layer, group, message)
        return
    try:
        async_to_sync(layer.group_send)(group, message)
    except (OSError, RedisError):
        logger.warning("channel layer does not answer; group %s missed a hint", group)


def _publish_inside(layer: InMemoryChannelLayer, group: str, message: dict[str, Any]) -> None:
    """Within one process: queues of an event loop may only be filled inside it, or whoever waits there sleeps on."""
    loop = _Home.loop
    if loop is None or not loop.is_running():
        return  # no socket was ever opened here
    sending = layer.group_send(group, message)
    try:
        asyncio.run_coroutine_threadsafe(sending, loop)
    except RuntimeError:  # the loop closed in between: nobody listens any more
        sending.close()


def person_group(user_id: int) -> str:
    """The group of all of one person's sockets."""
    return f"person.{user_id}"
