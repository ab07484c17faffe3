"""What the OpenAPI description says of trading's parameters, and examples of its bodies and refusals."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from arbion.lib.api import PROBLEM_TYPE, problem_body
from trading.models import JournalCode
from trading.wire.orders import OrderSerializer

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The caller's own key for this order, the same as `client_order_id`: a repeat is one order.",
)
STATUS = OpenApiParameter("status", OpenApiTypes.STR, description="`open`, a status, or several with commas.")
SYMBOL = OpenApiParameter("symbol", OpenApiTypes.STR)
ACCOUNT = OpenApiParameter("account", OpenApiTypes.UUID)
GROUP = OpenApiParameter("group", OpenApiTypes.UUID, description="The orders of one group.")
WAITING = OpenApiParameter(
    "waiting_for", OpenApiTypes.STR, description="What held orders wait for: `market_open` or `condition`."
)
CODE = OpenApiParameter("code", OpenApiTypes.STR, enum=JournalCode.values)
ASSET = OpenApiParameter("asset", OpenApiTypes.STR, description="A currency or a symbol that an entry moves.")
SINCE = OpenApiParameter("since", OpenApiTypes.DATETIME, description="From this moment on.")
UNTIL = OpenApiParameter("until", OpenApiTypes.DATETIME, description="Up to, but not at, this moment.")
ARCHIVED = OpenApiParameter("archived", OpenApiTypes.BOOL, description="Those that are history, instead.")
LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description="How many a page, up to 200.")
WORDS = OpenApiParameter("q", OpenApiTypes.STR, description="Words that a line must have, all of them.")
START = OpenApiParameter("start", OpenApiTypes.DATETIME, description="From when; the last day where left out.")


def _asked(name: str, **value: object) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


_BUY = {"symbol": "AAPL", "side": "buy", "quantity": "10"}
_CALL = {"right": "call", "strike": "200", "expiration": "2026-12-18", "effect": "open"}
ORDER = [
    _asked("Buy ten shares at the market", **_BUY, order_type="market"),
    _asked(
        "Buy coins for 500 USD, with a limit",
        symbol="BTC-USD",
        side="buy",
        order_type="limit",
        notional="500",
        limit_price="65000",
        time_in_force="gtc",
        client_order_id="morning-1",
    ),
    _asked("Sell when it falls to 180", symbol="AAPL", side="sell", order_type="stop", quantity="10", stop_price="180"),
    _asked(
        "Buy with a stop loss and a take profit", **_BUY, bracket={"stop_loss_percent": "4", "take_profit_price": "230"}
    ),
    _asked(
        "Buy two calls", symbol="AAPL", side="buy", order_type="limit", quantity="2", limit_price="4.20", option=_CALL
    ),
    _asked(
        "Buy a vertical of two calls for 1.80 net",
        symbol="AAPL",
        side="buy",
        order_type="limit",
        quantity="1",
        limit_price="1.80",
        legs=[
            {"symbol": "AAPL261218C00200000", "side": "buy", "effect": "open"},
            {"symbol": "AAPL261218C00210000", "side": "sell", "effect": "open"},
        ],
    ),
]
ORDER.append(
    _asked(
        "Buy when it has fallen by 5 % from now",
        **_BUY,
        when={"symbol": "AAPL", "metric": "percent_change", "operator": "<=", "value": "-5", "reference": "now"},
    )
)
CHANGE = [_asked("Move the limit", limit_price="195.50"), _asked("A smaller size", quantity="5")]
CASH = [_asked("A thousand dollars", amount="1000")]
TREATMENT = [
    _asked("A market with depth, delays and fees", fill_model="realistic"),
    _asked("Allow short sales", margin=True),
]
GROUP_OF_TWO = [
    _asked(
        "A target and a stop: one cancels the other",
        kind="oco",
        orders=[
            {"symbol": "AAPL", "side": "sell", "order_type": "limit", "quantity": "10", "limit_price": "230"},
            {"symbol": "AAPL", "side": "sell", "order_type": "stop", "quantity": "10", "stop_price": "180"},
        ],
    ),
]


def _refusal(name: str, *, status: int, code: str, detail: str, **extra: object) -> OpenApiExample:
    body = problem_body(status=status, code=code, detail=detail, **extra)  # type: ignore[arg-type]
    return OpenApiExample(name, value=body, response_only=True, status_codes=[str(status)], media_type=PROBLEM_TYPE)


REFUSALS = [
    _refusal(
        "A field cannot be used",
        status=400,
        code="invalid",
        detail="This must be above zero.",
        errors=[{"field": "quantity", "code": "not_positive", "detail": "This must be above zero."}],
    ),
    _refusal(
        "The key was used for another order",
        status=409,
        code="idempotency_mismatch",
        detail="This key was used before for a different order.",
    ),
    _refusal(
        "The risk desk refused it",
        status=422,
        code="risk_denied",
        detail="This would cost 120,000.00; you can spend 100,000.00.",
        order_id="5f0c2f0e-3a54-4f2b-9d3c-8a8d2a6c1f3e",
        reject_code="insufficient_buying_power",
        checks=[
            {
                "name": "buying_power_suffices",
                "passed": False,
                "code": "insufficient_buying_power",
                "detail": "This would cost 120,000.00; you can spend 100,000.00.",
                "value": "120000",
                "limit": "100000",
            }
        ],
    ),
    _refusal("Too many orders", status=429, code="rate_limited", detail="Too many requests.", retry_after=17),
]
_OF_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def with_problems(answers: dict[Any, Any], *statuses: int) -> dict[Any, Any]:
    """The answers, and a problem for each of these statuses."""
    return answers | {(status, PROBLEM_TYPE): OpenApiResponse(_OF_PROBLEM, "A problem.") for status in statuses}


def placed_as(serializer: Any, repeated: str) -> dict[Any, Any]:
    """What a door answers that is asked once under a key, and again."""
    answers = {200: OpenApiResponse(serializer, repeated), 201: OpenApiResponse(serializer, "It is done.")}
    return with_problems(answers, 400, 409, 422, 429)


PLACED = placed_as(OrderSerializer, "The order that this key placed before.")
ASKED = with_problems({202: OpenApiResponse(OrderSerializer, "The order, the change asked.")}, 400, 404, 409, 422, 429)
CSV: dict[Any, Any] = {(200, "text/csv"): OpenApiTypes.STR}
SENTENCE = [OpenApiExample("A sentence", value={"text": "buy 10 apple"}, request_only=True)]
