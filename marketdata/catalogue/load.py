"""Reads the shipped instrument catalogue once."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("instruments.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRow:
    """One instrument as shipped; base_price, drift and volatility (per year) belong to the simulated market."""

    symbol: str
    name: str
    asset_class: str
    exchange: str
    currency: str
    sector: str
    price_increment: Decimal
    size_increment: Decimal
    tradable: bool
    rank: int
    aliases: tuple[str, ...]
    base_price: Decimal
    drift: Decimal
    volatility: Decimal


def _row(record: dict[str, str]) -> CatalogueRow:
    return CatalogueRow(
        symbol=record["symbol"],
        name=record["name"],
        asset_class=record["asset_class"],
        exchange=record["exchange"],
        currency=record["currency"],
        sector=record["sector"],
        price_increment=Decimal(record["price_increment"]),
        size_increment=Decimal(record["size_increment"]),
        tradable=record["tradable"] == "true",
        rank=int(record["rank"]),
        aliases=tuple(alias for alias in record["aliases"].split("|") if alias),
        base_price=Decimal(record["base_price"]),
        drift=Decimal(record["drift"]),
        volatility=Decimal(record["volatility"]),
    )


@cache
def rows() -> tuple[CatalogueRow, ...]:
    """Every instrument of the shipped catalogue, most prominent first, tradable before the rest."""
    with SOURCE.open(newline="", encoding="utf-8") as file:
        return tuple(_row(record) for record in csv.DictReader(file))
