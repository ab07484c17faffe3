"""When nobody watches the stops everybody concerned is told once, and the house is halted if it lasts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Notification, User
from arbion.domain.enums import OrderStatus
from arbion.domain.errors import Forbidden
from riskdesk.models import Halt, HaltCode, Silence
from tests.concurrency.conftest import at_once
from trading.execution import engine, sweep
from trading.execution.engine import engine_step
from trading.execution.halt import resume
from trading.execution.protection.watch import Watch
from trading.execution.watchdog import Memory, look_after_monitor
from trading.models import HaltReceipt, Order, Position, WatchMark

pytestmark = pytest.mark.usefixtures("unwatched")


@pytest.fixture
def memory() -> Memory:
    return Memory()


def look(world) -> None:
    Watch(clock=world.clock).look()


def pass_by(world, memory, *, seconds: int, step: int = 5) -> bool:
    """Time passes, with a look at the monitor now and then."""
    is_watched = False
    for _ in range(0, seconds, step):
        world.clock.advance(seconds=step)
        is_watched = look_after_monitor(clock=world.clock, memory=memory)
    return is_watched


def told() -> list[tuple[str, str, str]]:
    rows = Notification.objects.filter(kind="monitor").order_by("user__email", "pk")
    return list(rows.values_list("user__email", "title", "urgency"))


@pytest.fixture
def cast(world):
    """Alice holds something, Ada runs the place, Dora does nothing."""
    look(world)
    world.place("buy", "AAPL", quantity="1")
    User.objects.create_user("ada@example.com", role="admin")
    User.objects.create_user("dora@example.com")
    return world


GONE, BACK = "Nobody watches the stops", "The stops are watched again"


def test_a_silence_is_told_once_to_whom_it_concerns_and_so_is_its_end(cast, memory) -> None:
    assert pass_by(cast, memory, seconds=20)
    assert not pass_by(cast, memory, seconds=20)
    assert told() == []
    pass_by(cast, memory, seconds=10)
    both = ["ada@example.com", "alice@example.com"]
    assert told() == [(email, GONE, "critical") for email in both]
    pass_by(cast, Memory(), seconds=60)  # another process has seen it too
    assert (len(told()), Silence.objects.count()) == (2, 1)
    for _ in range(5):
        look(cast)
        assert pass_by(cast, memory, seconds=5)
    assert told() == [(email, title, how) for email in both for title, how in ((GONE, "critical"), (BACK, "warning"))]
    assert Silence.objects.get().ended_at == cast.clock.now() - timedelta(seconds=5)


def test_a_single_look_now_and_then_is_no_end(cast, memory) -> None:
    pass_by(cast, memory, seconds=50)
    for _ in range(6):
        look(cast)
        pass_by(cast, memory, seconds=30)
    assert len(told()) == 2
    assert Silence.objects.get().ended_at is None


def test_a_start_after_a_long_night_alarms_nobody(cast, memory) -> None:
    cast.clock.advance(seconds=12 * 3600)
    assert not look_after_monitor(clock=cast.clock, memory=memory)
    look(cast)
    assert pass_by(cast, memory, seconds=15)
    assert (told(), Silence.objects.count(), Halt.objects.count()) == ([], 0, 0)


def test_a_silence_that_lasts_halts_the_house_and_takes_back_what_could_open(cast, memory) -> None:
    entry = cast.place("buy", "AAPL", quantity="1", limit_price="150", tif="gtc").order
    exit_ = cast.place("sell", "AAPL", quantity="1", limit_price="300", tif="gtc").order
    since = cast.clock.now()
    pass_by(cast, memory, seconds=80)
    assert not Halt.objects.exists()
    pass_by(cast, memory, seconds=30)
    imposed = Halt.objects.get()
    assert (imposed.code, imposed.user, imposed.account, imposed.imposed_by) == (HaltCode.MONITOR, None, None, None)
    assert imposed.reason == f"nobody has watched the stops since {since:%H:%M:%S} UTC"
    assert [Order.objects.get(pk=one.pk).status for one in (entry, exit_)] == [
        OrderStatus.CANCELED, OrderStatus.ACCEPTED,
    ]  # fmt: skip
    assert Position.objects.get(instrument__symbol="AAPL").quantity == 1


def test_the_halt_stays_until_who_oversees_the_house_lifts_it(cast, memory) -> None:
    pass_by(cast, memory, seconds=120)
    for _ in range(5):
        look(cast)
        pass_by(cast, memory, seconds=5)
    receipt = HaltReceipt.objects.get()
    assert receipt.halt.lifted_at is None
    assert "stays halted" in Notification.objects.filter(title=BACK).first().body
    for person in (cast.alice, User.objects.get(email="ada@example.com")):
        with pytest.raises(Forbidden):
            resume(receipt, reason="mine", actor=person, is_proven=True, clock=cast.clock)
    owner = User.objects.create_user("owner@example.com", role="superadmin")
    resume(receipt, reason="restarted", actor=owner, is_proven=True, clock=cast.clock)
    look(cast)
    cast.quote("AAPL", "200")
    assert cast.place("buy", "AAPL", quantity="1").order.decision.approved


def test_lifted_while_it_lasts_the_halt_does_not_come_back_at_once_and_the_gate_still_refuses(cast, memory) -> None:
    pass_by(cast, memory, seconds=120)
    resume(HaltReceipt.objects.get(), reason="at the machine", actor=None, clock=cast.clock)
    pass_by(cast, memory, seconds=14 * 60, step=30)
    assert Halt.objects.count() == 1
    cast.quote("AAPL", "200")
    assert cast.place("buy", "AAPL", quantity="1").order.reject_code == "monitor_silent"
    pass_by(cast, memory, seconds=3 * 60, step=30)
    assert Halt.objects.filter(lifted_at=None).count() == 1


def test_many_who_notice_at_once_tell_once(cast) -> None:
    WatchMark.objects.update(at=cast.clock.now() - timedelta(hours=1))
    memories = [Memory() for _ in range(4)]
    for one in memories:
        look_after_monitor(clock=cast.clock, memory=one)
    cast.clock.advance(seconds=30)
    answers = at_once(lambda number: look_after_monitor(clock=cast.clock, memory=memories[number]), times=4)
    assert (answers, Silence.objects.count(), len(told())) == ([False] * 4, 1, 2)


@pytest.mark.parametrize(("module", "work"), [(engine, engine_step), (sweep, sweep.sweep)])
def test_the_engine_and_the_sweep_look_after_the_monitor(world, monkeypatch, module, work) -> None:
    asked: list[object] = []
    monkeypatch.setattr(module, "look_after_monitor", lambda *, clock: asked.append(clock))
    work(clock=world.clock)
    assert asked == [world.clock]
