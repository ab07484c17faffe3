"""The world of the gate proof: an account with something to sell and every limit set, and how it buys and sells."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import Side
from arbion.proofs import scenes
from arbion.proofs.scenes import Stage
from marketdata.models import Instrument
from riskdesk.models import LimitName, RiskLimit
from trading.execution.place import place_order
from trading.instruction import Bracket, Instruction
from trading.models import Order

D = Decimal
CHEAP = D(150)
# Every limit is set, to something that binds nothing here, so that every rule reads its figures.
ROOMY = dict.fromkeys(LimitName.values, D(1_000_000)) | {
    "drawdown_percent": D(100), "price_band_percent": D(100), "losing_streak": D(50), "duplicate_seconds": D(1),
    "cool_down_minutes": D(1), "entry_needs_stop": D(1),
}  # fmt: skip


def build() -> Stage:
    """An account that holds something to sell, with every limit set.

    What it holds was cheap: exits that lost would count as a losing streak, which is a refusal of its own.
    """
    stage = scenes.build_empty()
    stage.clock.advance(seconds=2)
    stage.quote(AAPL=CHEAP)
    stage.place(Side.BUY, "AAPL", "held", quantity=D(200))
    Instrument.objects.update(sector="Technology")
    RiskLimit.objects.all().delete()
    for name, value in ROOMY.items():
        RiskLimit.objects.create(name=name, value=value)
    let_pass(stage)
    return stage


def purchase(stage: Stage, key: str, *, is_at_market: bool) -> Instruction:
    """What a small purchase with a stop loss says."""
    price = {} if is_at_market else {"limit_price": D(190)}
    return stage.instruction(
        Side.BUY, "AAPL", key, quantity=D("0.01"), bracket=Bracket(stop_loss_percent=D(20)), **price
    )


def buy(stage: Stage, key: str, *, is_at_market: bool = True) -> Order:
    """Buy a little, at a price of this moment."""
    let_pass(stage)
    return read(place_order(purchase(stage, key, is_at_market=is_at_market), clock=stage.clock).order)


def sell(stage: Stage, key: str) -> Order:
    """Sell next to nothing of what is held."""
    return read(stage.place(Side.SELL, "AAPL", key, quantity=D("0.0001")).order)


def read(order: Order) -> Order:
    """The order as it is kept, with its verdict."""
    return Order.objects.select_related("decision").get(pk=order.pk)


def let_pass(stage: Stage) -> None:
    """Two seconds go by, so that nothing is a repeat, and prices are fresh."""
    stage.clock.advance(seconds=2)
    stage.quote()
