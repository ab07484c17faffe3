"""What must be so by construction: nothing is recorded unread, no order without its verdict, one way to a venue."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction

from arbion.domain.enums import Side
from arbion.proofs.gate_world import D, read, sell
from arbion.proofs.scenes import Stage
from brokers.models import VenueOrder
from marketdata.models import Quote
from trading.execution import admit as admitting
from trading.execution import facts
from trading.execution.place import place_order
from trading.models import EquityPoint, Hold, Intent, Order, WatchMark

CONTRACT = "Only execution reaches a venue"
MAY_OPEN_VENUES = {"brokers", "trading.execution"}
READINGS = (
    "effective_limits", "halts", "quotes", "selectors", "hours", "position_rows", "exposures_of", "equity_peak",
    "watched_ago",
)  # fmt: skip


def readings_that_fail(stage: Stage) -> list[str]:
    """Where the facts themselves cannot be read in time, nothing at all is recorded."""
    found = []
    for number, name in enumerate(READINGS):
        before = Intent.objects.count(), Order.objects.count(), Hold.objects.count(), VenueOrder.objects.count()
        with patch.object(facts, name, _Slow()):
            try:
                stage.place(Side.BUY, "AAPL", f"slow {number}", quantity=D(1))
                found.append(f"an order was recorded while {name} could not be read")
            except OperationalError:
                pass
        after = Intent.objects.count(), Order.objects.count(), Hold.objects.count(), VenueOrder.objects.count()
        if before != after:
            found.append(f"something was recorded while {name} could not be read")
    return found


class _Slow:
    """Whatever is asked of it takes too long."""

    def __getattr__(self, name: str) -> Any:
        """The same."""
        return self

    def __call__(self, *given: object, **named: object) -> Any:
        """As a database says it."""
        raise OperationalError("canceling statement due to statement timeout")


def rows_that_are_missing(stage: Stage) -> list[str]:
    """Without a price, or a known beginning of the day, nothing is opened; what is held can still be sold."""
    found = []
    for table, rows in (
        ("price", Quote.objects.filter(instrument__symbol="AAPL")),
        ("worth", EquityPoint.objects.all()),
        ("look at the stops", WatchMark.objects.all()),
    ):
        with transaction.atomic():
            rows.delete()
            orders = [read(admit_only(stage, side, f"without {table} {side}")) for side in (Side.BUY, Side.SELL)]
            transaction.set_rollback(True)
        if orders[0].decision.approved:
            found.append(f"an entry passed without a {table}")
        if not orders[1].decision.approved:
            found.append(f"an exit was denied without a {table}")
    return found


def admit_only(stage: Stage, side: Side, key: str) -> Order:
    """Record an order without sending it."""
    size = D("0.01") if side is Side.BUY else D("0.0001")
    with patch.object(admitting, "after_commit", lambda *given: None):
        return place_order(stage.instruction(side, "AAPL", key, quantity=size), clock=stage.clock).order


def every_order_has_a_verdict(stage: Stage) -> list[str]:
    """No order without its verdict, one each: by the model, by the database, and by what is there."""
    verdict = Order._meta.get_field("decision")  # noqa: SLF001  Django's own door to a model's fields
    found = [] if not verdict.null and verdict.unique else ["the model lets an order be without a verdict of its own"]
    order = sell(stage, "verdict")
    try:
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).update(decision=None)
        found.append("the database took an order without a verdict")
    except IntegrityError:
        pass
    sent = VenueOrder.objects.values_list("client_order_id", flat=True)
    approved = {str(key) for key in Order.objects.filter(decision__approved=True).values_list("pk", flat=True)}
    found += [f"the venue has {key}, which nobody approved" for key in sent if key not in approved]
    return found


def only_execution_opens_a_venue(stage: Stage) -> list[str]:
    """The import contract is there, whole, and the sources keep it."""
    base = Path(settings.BASE_DIR)
    contracts = tomllib.loads((base / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    contract: dict[str, Any] = next((one for one in contracts if one["name"] == CONTRACT), {})
    found = []
    if contract.get("type") != "protected" or contract.get("protected_modules") != ["brokers.registry"]:
        found.append("there is no contract that protects brokers.registry")
    if set(contract.get("allowed_importers", ())) != MAY_OPEN_VENUES:
        found.append(f"the contract lets {contract.get('allowed_importers')} open a venue")
    for package in ("accounts", "arbion", "autotrade", "brokers", "marketdata", "riskdesk", "trading"):
        for path in sorted((base / package).rglob("*.py")):
            module = ".".join(path.relative_to(base).with_suffix("").parts)
            is_allowed = any(module == one or module.startswith(f"{one}.") for one in MAY_OPEN_VENUES)
            if not is_allowed and _imports_registry(path):
                found.append(f"{module} imports brokers.registry")
    return found


def _imports_registry(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import) and any(one.name == "brokers.registry" for one in node.names):
            return True
        if isinstance(node, ast.ImportFrom):
            names = {one.name for one in node.names}
            if node.module == "brokers.registry" or (node.module == "brokers" and "registry" in names):
                return True
    return False


STRUCTURE: tuple[Callable[[Stage], list[str]], ...] = (
    readings_that_fail,
    rows_that_are_missing,
    every_order_has_a_verdict,
    only_execution_opens_a_venue,
)
