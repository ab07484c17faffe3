"""What the OpenAPI description says of trading's parameters, and examples of its bodies and refusals."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from arbion.lib.api import PROBLEM_TYPE, problem_body
from trading.wire.shapes import OrderSerializer

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The caller's own key for this order, the same as `client_order_id`: a repeat is one order.",
)
STATUS = OpenApiParameter("status", OpenApiTypes.STR, description="`open`, a status, or several with commas.")
SYMBOL = OpenApiParameter("symbol", OpenApiTypes.STR)
ACCOUNT = OpenApiParameter("account", OpenApiTypes.UUID)
LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description="How many a page, up to 200.")
START = OpenApiParameter("start", OpenApiTypes.DATETIME, description="From when; the last day where left out.")

ORDER = [
    OpenApiExample(
        "Buy ten shares at the market",
        value={"symbol": "AAPL", "side": "buy", "order_type": "market", "quantity": "10"},
        request_only=True,
    ),
    OpenApiExample(
        "Buy coins for 500 USD, with a limit",
        value={
            "symbol": "BTC-USD",
            "side": "buy",
            "order_type": "limit",
            "notional": "500",
            "limit_price": "65000",
            "time_in_force": "gtc",
            "client_order_id": "morning-1",
        },
        request_only=True,
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
PLACED: dict[Any, Any] = {
    200: OpenApiResponse(OrderSerializer, "The order that this key placed before."),
    201: OpenApiResponse(OrderSerializer, "The order."),
}
PLACED |= {(status, PROBLEM_TYPE): OpenApiResponse(_OF_PROBLEM, "A problem.") for status in (400, 409, 422, 429)}
SENTENCE = [OpenApiExample("A sentence", value={"text": "buy 10 apple"}, request_only=True)]
