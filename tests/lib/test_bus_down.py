"""A hint that cannot be sent is nobody's error."""

from __future__ import annotations

from redis.exceptions import ConnectionError as RedisDown

from arbion.lib import bus


class DeadLayer:
    """A channel layer whose server is away."""

    def __init__(self) -> None:
        self.asked = 0

    async def group_send(self, group: str, message: dict) -> None:
        self.asked += 1
        raise RedisDown


def test_a_layer_that_is_away_is_asked_and_outlived(monkeypatch):
    layer = DeadLayer()
    monkeypatch.setattr(bus, "get_channel_layer", lambda: layer)
    bus.publish("person.1", {"type": "books.changed"})
    assert layer.asked == 1
