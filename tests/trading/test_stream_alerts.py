"""The channel of alerts: what there is at first, then what is new, changed or gone; only one's own."""

from __future__ import annotations

from accounts.models import User
from marketdata.conditions import Condition
from trading import alerts
from trading.execution.conditions.watch import Watch
from trading.stream.news import News


def below(value: str) -> Condition:
    return Condition.of({"symbol": "AAPL", "metric": "price", "operator": "<=", "value": value})


def test_alerts_are_told_as_they_change(world):
    first = alerts.create(world.alice, world.account, below("190"), clock=world.clock).alert
    mine, others = News(world.alice, clock=world.clock), News(User.objects.create_user("bob@example.com"))
    ((kind, snapshot),) = mine.snapshot("alerts")
    assert (kind, [row["id"] for row in snapshot["results"]]) == ("alert", [str(first.pk)])
    assert others.snapshot("alerts")[0][1]["results"] == []

    def told(news: News) -> list[tuple[str, str]]:
        found = news.latest({"alerts"}, books_changed=True)
        return [(body["id"], body["status"]) for channel, kind, body in found if (channel, kind) == ("alerts", "alert")]

    assert told(mine) == []
    second = alerts.create(world.alice, world.account, below("150"), clock=world.clock).alert
    assert told(mine) == [(str(second.pk), "active")]
    watch = Watch(clock=world.clock)
    for price in ("200", "200", "189", "189"):
        world.clock.advance(seconds=1)
        world.quote("AAPL", price)
        watch.look()
    assert told(mine) == [(str(first.pk), "fired")]
    alerts.delete(second, user=world.alice)
    assert told(mine) == [(str(second.pk), "deleted")]
    assert (told(mine), told(others)) == ([], [])
