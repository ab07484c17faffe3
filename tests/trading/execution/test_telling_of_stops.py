"""People are told of their stops: once each, in the same transaction, and only those whose stops they are."""

from __future__ import annotations

import pytest

from accounts.models import Notification, User
from marketdata.models import Instrument
from trading.execution.protection import fire
from trading.models import Order, Stop, StopStatus


def told(kind: str = "stop") -> list[tuple[str, str]]:
    """What Alice was told, oldest first."""
    rows = Notification.objects.filter(user__email="alice@example.com", kind=kind).order_by("pk")
    return list(rows.values_list("title", "urgency"))


def test_a_stop_that_goes_off_is_told_once_and_so_is_its_end(tower, calm) -> None:
    User.objects.create_user("bob@example.com")
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.tick("AAPL", "195", "195", "194")
    assert told() == [("AAPL: a stop went off", "warning"), ("AAPL: closed by a stop", "info")]
    first, last = Notification.objects.order_by("pk")
    assert (first.key, first.link) == (f"stop:{stop.pk}:fired", f"/orders/{tower.exits()[0].pk}/")
    assert "went off at 195.00" in first.body
    assert "10 at 19" in last.body


def test_nothing_is_told_of_a_stop_that_did_not_go_off_after_all(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()

    def cut_off(*given: object, **named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(fire, "keep", cut_off)
    with pytest.raises(ZeroDivisionError):
        tower.tick("AAPL", "195")
    stop.refresh_from_db()
    assert (stop.status, told(), tower.exits()) == (StopStatus.GUARDING, [], [])


def test_an_exit_that_is_refused_is_told_once_for_each_reason(tower, calm, monkeypatch) -> None:
    tower.stop("AAPL", "fixed", price="195")
    calm()
    Instrument.objects.filter(symbol="AAPL").update(tradable=False)
    tower.tick("AAPL", "194")
    for _ in range(4):
        tower.look(seconds=40)
    assert Order.objects.filter(status="denied").count() > 1
    assert told() == [("AAPL: the exit of a stop is refused", "critical"), ("AAPL: a stop went off", "warning")]


def test_a_price_that_goes_dark_is_told_and_so_is_its_return(tower, calm) -> None:
    tower.stop("AAPL", "fixed", price="195")
    tower.stop("AAPL", "take_profit", price="230")
    calm()
    tower.look(seconds=20)
    tower.look(seconds=20)
    assert told() == [("AAPL: the price cannot be read", "critical")]
    assert set(Stop.objects.values_list("status", flat=True)) == {StopStatus.ALARM}
    tower.tick("AAPL", "200", "200")
    assert told()[1:] == [("AAPL: the price can be read again", "warning")]
