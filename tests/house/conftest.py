"""The small world, with what people own in it, for the tests of the doors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.apps import apps
from django.test import Client

from accounts import tokens
from accounts.models import ChannelName, Destination, Notification, User
from accounts.notifications import notify, places
from arbion.domain.enums import Role
from marketdata.conditions import Condition, Operator
from marketdata.models import Instrument
from riskdesk.stops import StopKind
from tests.trading.conftest import World, counted, world
from trading import alerts, schedules
from trading.books.opening import ensure_simulated_account
from trading.execution.halt import halt, resume
from trading.execution.protection.attach import attach
from trading.models import Alert, Assistant, HaltReceipt, HaltScope, Order, RepeatingOrder, Stop

__all__ = ["counted", "house", "world"]

# What a request may leave behind without having changed anything: who is signed in, and when one was last seen.
LEFT_BEHIND = {"sessions.Session"}
LAST = ("last_login", "seen_at", "last_used_at")


@dataclass
class House:
    """A world with several people in it; Alice owns the objects."""

    world: World
    people: dict[str, User]
    order: Order
    stop: Stop
    token_id: str
    keys: dict[str, str]
    notice: Notification
    place: Destination
    receipt: HaltReceipt
    repeating: RepeatingOrder
    alert: Alert
    assistant: Assistant

    def objects(self) -> dict[str, str]:
        """Alice's objects, by the names that addresses give them."""
        return {
            "order_id": str(self.order.pk),
            "stop_id": str(self.stop.pk),
            "account_id": str(self.world.account.public_id),
            "public_id": self.token_id,
            "notification_id": str(self.notice.public_id),
            "place_id": str(self.place.public_id),
            "receipt_id": str(self.receipt.pk),
            "repeating_id": str(self.repeating.pk),
            "schedule_id": str(self.repeating.pk),
            "alert_id": str(self.alert.pk),
            "assistant_id": str(self.assistant.pk),
            "object_id": str(self.order.pk),
            "task_id": str(self.order.pk),
            "content_type_id": "1",
        }

    def browser(self, who: str, *, checks_csrf: bool = False) -> Client:
        """A browser, signed in as this person or as nobody."""
        client = Client(enforce_csrf_checks=checks_csrf, raise_request_exception=False)
        if who != "nobody":
            client.force_login(User.objects.get(pk=self.people[who].pk))
        return client


@pytest.fixture
def house(world: World) -> House:
    """Alice with a resting order, a filled one and a token; Bob beside her; two operators."""
    world.alice.set_password("a good long passphrase")
    world.alice.save()
    people = {"alice": world.alice}
    for name, role in (("bob", Role.STANDARD), ("admin", Role.ADMIN), ("superadmin", Role.SUPERADMIN)):
        people[name] = User.objects.create_user(f"{name}@example.com", "a good long passphrase", role=role)
        ensure_simulated_account(people[name], clock=world.clock)
    keys = {}
    for scope in ("read", "trade"):
        token, keys[scope] = tokens.issue(user=world.alice, name=scope, scope=scope, actor=world.alice)
    halted = halt(scope=HaltScope.PERSON, user=world.alice, actor=world.alice, reason="a pause", clock=world.clock)
    receipt = resume(halted, reason="it is over", actor=world.alice, clock=world.clock)
    world.place("buy", "AAPL", quantity="3")
    order = world.place("buy", "MSFT", quantity="1", limit_price="300", tif="gtc").order
    at = world.clock.now()
    told = notify(world.alice, kind="order", title="Filled", body="3 AAPL", urgency="info", key="1", at=at)
    assert told is not None
    place = places.add(user=world.alice, channel=ChannelName.TELEGRAM, address="1", label="alice", at=at)
    apple = Instrument.objects.get(symbol="AAPL")
    guard = {"kind": StopKind.FIXED, "price": Decimal(150), "client_key": "1", "clock": world.clock}
    stop, _ = attach(world.account, user=world.alice, instrument=apple, **guard)
    bitcoin, weekly = {"symbol": "BTC-USD", "side": "buy", "notional": "100"}, {"interval": "week"}
    repeating = schedules.create(
        world.alice, world.account, bitcoin, weekly, words="", client_key="1", clock=world.clock
    )  # fmt: skip
    dear = Condition(symbol="AAPL", metric="price", operator=Operator.AT_LEAST, value=Decimal(900))
    alert = alerts.create(world.alice, world.account, dear, client_key="1", clock=world.clock).alert
    assistant = Assistant.objects.create(user=world.alice, name="Ada", tools=[], changed_at=at, created_at=at)
    return House(
        world, people, order, stop, str(token.public_id), keys, told, place, receipt, repeating, alert, assistant
    )  # fmt: skip


def everything() -> dict[str, str]:
    """A fingerprint of every table: what must not change when nothing may."""
    prints = {}
    for model in apps.get_models():
        if model._meta.managed and model._meta.label not in LEFT_BEHIND:
            columns = [field.attname for field in model._meta.concrete_fields if field.attname not in LAST]
            rows = sorted(repr(row) for row in model._base_manager.values_list(*columns))
            prints[model._meta.label] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return prints


def changes(before: dict[str, str]) -> list[str]:
    """Which tables are no longer as they were."""
    now = everything()
    return [label for label in now if now[label] != before[label]]
