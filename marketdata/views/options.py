"""The option chain of a symbol as a page, with the builder of strategies beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from arbion.domain.enums import Side
from arbion.domain.errors import InvalidInput
from arbion.domain.options import SHARES_A_CONTRACT, read_symbol
from arbion.domain.orders import LEGS_MAX
from arbion.lib.clock import SYSTEM
from marketdata import hours, quotes
from marketdata.errors import UnknownSymbol
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from marketdata.options import builder, picture
from marketdata.options.builder import Choice, Chosen
from marketdata.options.calendar import is_monthly
from marketdata.options.chain import Chain, chain
from marketdata.options.chain import Side as Quoted

# Strikes to either side of the money; the rest is one link away.
NEAR = 10
CENT = Decimal("0.01")
FRAGMENT_HEADER = "X-Fragment"


@dataclass(frozen=True, slots=True)
class Address:
    """What the page's address says; every link on it is the address with something changed."""

    symbol: str
    expiration: date | None = None
    every: bool = False
    building: bool = False
    legs: tuple[Choice, ...] = ()

    def __str__(self) -> str:
        query: list[tuple[str, str]] = []
        if self.expiration:
            query.append(("expiration", self.expiration.isoformat()))
        if self.every:
            query.append(("strikes", "all"))
        if self.building:
            query.append(("build", "1"))
        query += [("leg", str(leg)) for leg in self.legs]
        path = reverse("marketdata:chain", args=[self.symbol])
        return f"{path}?{urlencode(query)}" if query else path

    def picking(self, side: Side, symbol: str) -> Address | None:
        """With this contract bought or sold; without it where it was so already; None where no leg more fits."""
        same = next((leg for leg in self.legs if leg.symbol == symbol), None)
        if same is None:
            fits = len(self.legs) < LEGS_MAX
            return replace(self, legs=(*self.legs, Choice(side, 1, symbol))) if fits else None
        if same.side is side:
            return replace(self, legs=tuple(leg for leg in self.legs if leg is not same))
        return self.with_leg(same, replace(same, side=side))

    def with_leg(self, old: Choice, new: Choice | None) -> Address:
        """With one leg changed, or gone."""
        legs = tuple(new if leg == old else leg for leg in self.legs)
        return replace(self, legs=tuple(leg for leg in legs if leg is not None))


@login_required
@require_GET
def option_chain(request: HttpRequest, symbol: str) -> HttpResponse:
    """One expiration of the chain; a script asks for the part of the page that changes."""
    terms = read_symbol(symbol.upper())
    if terms is not None:
        return redirect(str(Address(terms.underlying, terms.expires_on)))
    try:
        instrument = get_instrument(symbol)
    except UnknownSymbol as error:
        raise Http404(error.detail) from None
    if instrument.symbol != symbol:
        return redirect("marketdata:chain", instrument.symbol)
    try:
        shown = chain(instrument, _date(request.GET.get("expiration", "")), SYSTEM.now())
    except InvalidInput as error:
        messages.warning(request, error.detail)
        return redirect("marketdata:chain", instrument.symbol)
    part = FRAGMENT_HEADER in request.headers
    return render(request, f"marketdata/{'partials/chain' if part else 'chain'}.html", _context(request, shown))


def _context(request: HttpRequest, shown: Chain) -> dict[str, Any]:
    instrument = shown.underlying
    chosen = builder.choose(instrument, builder.read_choices(request.GET.getlist("leg")))
    here = Address(
        symbol=instrument.symbol,
        expiration=shown.expiration,
        every=request.GET.get("strikes") == "all",
        building=request.GET.get("build") == "1" or bool(chosen),
        legs=tuple(leg.choice for leg in chosen),
    )
    quote = quotes.latest_of(instrument)
    found = builder.strategy(instrument, chosen)
    return {
        "section": "trade",
        "instrument": instrument,
        "quote": quote,
        "change_percent": quotes.change_percent(quote) if quote else None,
        "is_session_open": hours.is_open(instrument, SYSTEM.now()),
        "chain": shown,
        "here": here,
        "dates": [_date_link(here, day) for day in shown.expirations],
        "rows": _rows(here, shown),
        "modes": [
            (replace(here, building=False, legs=()), "One contract", not here.building),
            (replace(here, building=True), "Several legs", here.building),
        ],
        "reaches": [
            (replace(here, every=False), "Near", not here.every),
            (replace(here, every=True), "All", here.every),
        ],
        "legs": [_leg(here, leg) for leg in chosen],
        "legs_query": urlencode([("leg", str(leg.choice)) for leg in chosen]),
        "legs_left": LEGS_MAX - len(chosen),
        "shares": _share_links(here, instrument),
        "strategy": found,
        "greeks": [(name.title(), figure) for name, figure in found.greeks.items()] if found else [],
        "cost_at_once": found.net_at_once * SHARES_A_CONTRACT if found else None,
        "picture": picture.picture(found.payoff, quote.last) if found and quote else None,
    }


def _rows(here: Address, shown: Chain) -> list[dict[str, Any]]:
    """The strikes as they are shown, with the line of the underlying's price before the first strike above it."""
    middle = next((place for place, row in enumerate(shown.rows) if row.at_the_money), 0)
    rows = shown.rows if here.every else shown.rows[max(0, middle - NEAR) : middle + NEAR + 1]
    above = next((row.strike for row in rows if shown.last is not None and row.strike > shown.last), None)
    return [
        {"row": row, "call": _side(here, row.call), "put": _side(here, row.put), "spot_above": row.strike == above}
        for row in rows
    ]


def _side(here: Address, quoted: Quoted | None) -> dict[str, Any] | None:
    """One contract with the links of its two prices: to the ticket, or into the builder."""
    if quoted is None:
        return None
    picked = next((leg.side.value for leg in here.legs if leg.symbol == quoted.symbol), "")
    links: dict[str, Any] = {
        "quoted": quoted,
        "picked": picked,
        "tone": "itm" if quoted.in_the_money else "",
        "delta": quoted.delta.quantize(CENT) + 0,
        "volatility": quoted.implied_volatility * 100,
    }
    if here.building:
        links["sell"], links["buy"] = (here.picking(side, quoted.symbol) for side in (Side.SELL, Side.BUY))
    else:
        ticket = reverse("trading:trade", args=[quoted.symbol])
        links["sell"], links["buy"] = (f"{ticket}?side={side}#ticket" for side in ("sell", "buy"))
    return links


def _leg(here: Address, leg: Chosen) -> dict[str, Any]:
    choice = leg.choice
    other = Side.SELL if choice.side is Side.BUY else Side.BUY
    more, less = (replace(choice, ratio=choice.ratio + step) for step in (1, -1))
    return {
        "leg": leg,
        "flip": here.with_leg(choice, replace(choice, side=other)),
        "more": here.with_leg(choice, more) if more.ratio <= builder.RATIO_MAX else None,
        "less": here.with_leg(choice, less) if less.ratio else None,
        "remove": here.with_leg(choice, None),
        "shares": choice.ratio * leg.multiplier,
    }


def _share_links(here: Address, instrument: Instrument) -> list[tuple[str, Address]]:
    """Adding a hundred shares to the package, for covered calls and collars."""
    if any(leg.symbol == instrument.symbol for leg in here.legs) or len(here.legs) >= LEGS_MAX:
        return []
    added = ((side, here.picking(side, instrument.symbol)) for side in (Side.BUY, Side.SELL))
    return [(side.label, address) for side, address in added if address]


def _date_link(here: Address, day: date) -> dict[str, Any]:
    today = hours.local_date(SYSTEM.now())
    return {
        "day": day,
        "days": (day - today).days,
        "monthly": is_monthly(day),
        "address": replace(here, expiration=day),
        "current": day == here.expiration,
        "year": day.year != today.year,
    }


def _date(text: str) -> date | None:
    """The date of an address; nothing where there is none."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput.of("expiration", "invalid", "That is no date: choose one of the expirations.") from None
