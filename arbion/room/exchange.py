"""What each model of the simulated exchange does to an order, as a table, and who trades under it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arbion.domain.enums import AssetClass, FillModel
from arbion.lib.room import figure
from arbion.room.frame import seen_with, show
from brokers.fees import FeeSchedule, schedule_for
from brokers.models import BrokerAccount
from brokers.simulator.depth import ShareOfVolume
from brokers.simulator.terms import MODELS, Terms

HUNDRED = Decimal(100)


@seen_with("brokers.view_brokeraccount")
@require_safe
def models_page(request: HttpRequest) -> HttpResponse:
    """The models beside each other."""
    used = dict(
        BrokerAccount.objects.filter(archived_at=None).order_by().values_list("fill_model").annotate(n=Count("pk"))
    )
    columns = [_column(model, MODELS[model], used.get(model, 0)) for model in FillModel]
    names = [name for name, _ in columns[0]["rows"]]
    table = [(name, [dict(column["rows"])[name] for column in columns]) for name in names]
    return show(request, "exchange", "Exchange models and fees", columns=columns, table=table)


def _column(model: FillModel, terms: Terms, accounts: int) -> dict[str, Any]:
    rows = [
        ("Depth behind a quote", _depth(terms)),
        ("Shared with other accounts", "yes" if terms.is_shared else "no"),
        ("Prices in the book", _levels(terms)),
        ("Spread", "as quoted" if terms.spread == 1 else f"{figure(terms.spread)} times the quote's"),
        ("An order travels", _travels(terms)),
        ("Set aside above the price for orders at the market", f"{figure(terms.cushion * HUNDRED)} %"),
        *((f"Fee: {kind.label.lower()}", fee_words(schedule_for(model, kind), kind)) for kind in AssetClass),
    ]
    return {"name": model.value.capitalize(), "label": model.label, "accounts": accounts, "rows": rows}


def _depth(terms: Terms) -> str:
    depth = terms.depth
    if isinstance(depth, ShareOfVolume):
        return f"{figure(depth.part * HUNDRED)} % of the day's volume, at least ${figure(depth.value_least)}"
    return "without end"


def _levels(terms: Terms) -> str:
    return "one" if terms.levels == 1 else f"{terms.levels}, each {figure(terms.step)} of the spread further away"


def _travels(terms: Terms) -> str:
    if not terms.latency and not terms.jitter:
        return "no time"
    least, most = (round(span.total_seconds() * 1000) for span in (terms.latency, terms.latency + terms.jitter))
    return f"{least} to {most} ms"


def fee_words(fee: FeeSchedule, kind: AssetClass) -> str:
    """A fee schedule in words."""
    unit = {AssetClass.OPTION: "contract", AssetClass.CRYPTO: "coin"}.get(kind, "share")
    parts = []
    if fee.per_unit:
        parts.append(f"${figure(fee.per_unit, least=2)} a {unit}")
    if fee.fraction_of_value:
        parts.append(f"{figure(fee.fraction_of_value * HUNDRED)} % of the value")
    if not parts and not fee.minimum:
        return "free"
    if fee.minimum:
        parts.append(f"at least ${figure(fee.minimum, least=2)} an order")
    return ", ".join(parts)
