"""Every word that an order's body may hold beside the plain ones: what is wrong with it is named and moves nothing."""

from __future__ import annotations

import uuid

import pytest

from tests.trading.api.conftest import problem

STOP = {"order_type": "stop", "side": "buy"}
STOP_LIMIT = {"order_type": "stop_limit", "limit_price": "212"}
TRAILING = {"order_type": "trailing_stop"}
GTD = {"order_type": "limit", "limit_price": "150", "time_in_force": "gtd"}
CALL = {"right": "call", "strike": "200", "expiration": "2026-12-18"}
LEGS = [{"symbol": "AAPL", "side": "buy"}, {"symbol": "MSFT", "side": "sell"}]

WRONG = [
    (STOP, "stop_price", "required"),
    (STOP | {"stop_price": "210", "limit_price": "211"}, "limit_price", "not_allowed"),
    (STOP | {"stop_price": "0"}, "stop_price", "not_positive"),
    (STOP | {"stop_price": "-1"}, "stop_price", "not_positive"),
    (STOP | {"stop_price": "NaN"}, "stop_price", "invalid_number"),
    (STOP | {"stop_price": "1e3"}, "stop_price", "invalid_number"),
    (STOP | {"stop_price": True}, "stop_price", "invalid_number"),
    (STOP | {"stop_price": "90000001"}, "stop_price", "too_large"),
    (STOP | {"stop_price": "210.00000000001"}, "stop_price", "too_fine"),
    (STOP_LIMIT, "stop_price", "required"),
    (TRAILING, "trail_amount", "required"),
    (TRAILING | {"trail_amount": "3", "trail_percent": "5"}, "trail_percent", "one_trail"),
    (TRAILING | {"trail_percent": "100"}, "trail_percent", "too_large"),
    (TRAILING | {"trail_percent": "0"}, "trail_percent", "not_positive"),
    (TRAILING | {"trail_amount": "Infinity"}, "trail_amount", "invalid_number"),
    (STOP | {"stop_price": "210", "time_in_force": "fok"}, "time_in_force", "not_allowed"),
    (STOP | {"stop_price": "210", "time_in_force": "opg"}, "time_in_force", "not_allowed"),
    (GTD, "expires_at", "required"),
    (GTD | {"expires_at": "2026-12-18"}, "expires_at", "invalid_time"),
    (GTD | {"expires_at": "2026-12-18T15:00:00"}, "expires_at", "invalid_time"),
    (GTD | {"expires_at": "2026-13-18T15:00:00Z"}, "expires_at", "invalid_time"),
    (GTD | {"expires_at": 1797606000}, "expires_at", "invalid_time"),
    ({"expires_at": "2026-12-18T15:00:00Z"}, "expires_at", "not_allowed"),
    ({"extended_hours": True}, "extended_hours", "not_allowed"),
    ({"extended_hours": "true"}, "extended_hours", "invalid"),
    ({"extended_hours": 1}, "extended_hours", "invalid"),
    ({"effect": "both"}, "effect", "invalid_choice"),
    ({"effect": ""}, "effect", "invalid_choice"),
    ({"percent_of_cash": "5", "quantity": None, "side": "sell"}, "percent_of_cash", "not_allowed"),
    ({"percent_of_cash": "101", "quantity": None}, "percent_of_cash", "too_large"),
    ({"percent_of_position": "50"}, "percent_of_position", "one_size"),
    ({"option": "call"}, "option", "invalid"),
    ({"option": CALL | {"right": "straddle"}}, "option.right", "invalid_choice"),
    ({"option": CALL | {"strike": "x"}}, "option.strike", "invalid_number"),
    ({"option": CALL | {"strike": None}}, "option.strike", "null"),
    ({"option": CALL | {"strike": "0"}}, "option.strike", "invalid_strike"),
    ({"option": CALL | {"strike": "-200"}}, "option.strike", "invalid_strike"),
    ({"option": CALL | {"strike": "200.0001"}}, "option.strike", "invalid_strike"),
    ({"option": CALL | {"strike": "100000"}}, "option.strike", "invalid_strike"),
    ({"option": CALL | {"expiration": "18 December"}}, "option.expiration", "invalid"),
    ({"option": CALL | {"expiration": "20261218"}}, "option.expiration", "invalid"),
    ({"option": CALL | {"expiration": "2026-02-30"}}, "option.expiration", "invalid"),
    ({"option": CALL | {"expiration": 20261218}}, "option.expiration", "invalid"),
    ({"option": CALL | {"delta": "0.3"}}, "option.delta", "unknown_field"),
    ({"option": CALL | {"effect": "open"}, "effect": "close"}, "option.effect", "mismatch"),
    ({"option": CALL | {"expiration": "2026-11-19"}}, "option.expiration", "contract_expired"),
    ({"option": CALL | {"expiration": "2026-12-17"}}, "option.expiration", "unknown_expiration"),
    ({"option": CALL | {"strike": "203.37"}}, "option.strike", "unknown_strike"),
    ({"option": CALL, "symbol": "BTC-USD"}, "option", "no_options"),
    ({"option": CALL, "symbol": "NOPE"}, "symbol", "unknown_symbol"),
    ({"symbol": "AAPL991218C00200000"}, "symbol", "unknown_expiration"),
    ({"symbol": "AAPL251219C00200000"}, "symbol", "contract_expired"),
    ({"symbol": "AAPL261218C00203370"}, "symbol", "unknown_strike"),
    ({"symbol": " AAPL261218C00200000"}, "symbol", "unknown_symbol"),
    ({"symbol": "AAPL261318C00200000"}, "symbol", "unknown_symbol"),
    ({"symbol": "\u0410APL261218C00200000"}, "symbol", "unknown_symbol"),
    ({"bracket": {}}, "bracket", "required"),
    ({"bracket": []}, "bracket", "invalid"),
    ({"bracket": {"stop_loss_price": "0"}}, "bracket.stop_loss_price", "not_positive"),
    ({"bracket": {"stop_loss_price": "NaN"}}, "bracket.stop_loss_price", "invalid_number"),
    ({"bracket": {"stop_loss_percent": "100"}}, "bracket.stop_loss_percent", "too_large"),
    ({"bracket": {"stop_loss_price": "1", "stop_loss_percent": "1"}}, "bracket.stop_loss_percent", "one_way"),
    ({"bracket": {"take_profit_percent": "-5"}}, "bracket.take_profit_percent", "not_positive"),
    ({"bracket": {"stop": "5"}}, "bracket.stop", "unknown_field"),
    ({"bracket": {"stop_loss_percent": "5"}, "effect": "close"}, "bracket", "not_allowed"),
    ({"legs": LEGS[:1]}, "legs", "count"),
    ({"legs": LEGS * 3}, "legs", "max_length"),
    ({"legs": [LEGS[0], LEGS[0]]}, "legs", "repeated"),
    ({"legs": LEGS[::-1]}, "side", "mismatch"),
    ({"legs": "AAPL"}, "legs", "not_a_list"),
    ({"legs": [LEGS[0], LEGS[1] | {"symbol": "NOPE"}]}, "legs.1.symbol", "unknown_symbol"),
    ({"legs": [LEGS[0], LEGS[1] | {"ratio": 0}]}, "legs", "ratio"),
    ({"legs": [LEGS[0], LEGS[1] | {"ratio": 1001}]}, "legs", "ratio"),
    ({"legs": [LEGS[0], LEGS[1] | {"ratio": "2"}]}, "legs.1.ratio", "invalid"),
    ({"legs": [LEGS[0], LEGS[1] | {"side": "hold"}]}, "legs.1.side", "invalid_choice"),
    ({"legs": [LEGS[0], {"side": "sell"}]}, "legs.1.symbol", "required"),
    ({"legs": [LEGS[0], LEGS[1] | {"size": 1}]}, "legs.1.size", "unknown_field"),
    ({"legs": LEGS, "bracket": {"stop_loss_percent": "5"}}, "bracket", "not_allowed"),
    ({"legs": LEGS, "notional": "500", "quantity": None}, "notional", "not_allowed"),
    ({"legs": LEGS, **STOP, "stop_price": "5"}, "order_type", "not_allowed"),
    ({"lot_method": "best"}, "lot_method", "invalid_choice"),
    ({"lot_method": "chosen"}, "lots", "required"),
    ({"lots": ["x"]}, "lots.0", "invalid"),
    ({"lot_method": "chosen", "lots": [str(uuid.UUID(int=1))]}, "lots", "unknown_lot"),
    ({"lot_method": "chosen", "lots": "all"}, "lots", "not_a_list"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: ascii(case)[:70])
def test_a_word_that_cannot_be_used_is_named_and_moves_nothing(alice, buy, counted, case):
    given, field, code = case
    before = counted()
    for path in ("orders/", "orders/preview/"):
        body = problem(alice.post(path, buy | given), 400, "invalid")
        assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, code)], body
        assert body["errors"][0]["detail"]
    assert counted() == before
