"""The OpenAPI description."""

from __future__ import annotations

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator


def document():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_description_is_openapi_and_without_a_warning(capsys):
    from drf_spectacular.drainage import GENERATOR_STATS

    with GENERATOR_STATS.silence():
        described = document()
    assert dict(GENERATOR_STATS._warn_cache) == {}
    assert dict(GENERATOR_STATS._error_cache) == {}
    assert described["openapi"].startswith("3.1")
    validate_schema(described)
    assert capsys.readouterr().err == ""


def test_placing_tells_its_key_its_answers_and_its_refusals():
    place = document()["paths"]["/api/v1/orders/"]["post"]
    assert [(one["name"], one["in"]) for one in place["parameters"]] == [("Idempotency-Key", "header")]
    assert place["responses"].keys() >= {"200", "201", "400", "409", "422", "429", "default"}
    refused = place["responses"]["422"]["content"]["application/problem+json"]
    assert refused["schema"] == {"$ref": "#/components/schemas/Problem"}
    example = next(iter(refused["examples"].values()))["value"]
    assert (example["code"], example["checks"][0]["passed"]) == ("risk_denied", False)


def test_figures_are_decimal_text():
    order = document()["components"]["schemas"]["Order"]["properties"]
    assert (order["quantity"]["type"], order["quantity"]["format"]) == ("string", "decimal")
    assert order["limit_price"]["type"] == ["string", "null"]


def test_every_operation_of_trading_answers_a_problem_by_default():
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}, path


def faults_of(described, path, answer):
    """Where the answer of a GET is not what the description says of it."""
    shape = described["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    checker = Draft202012Validator(shape | {"components": described["components"]})
    return [f"{fault.json_path}: {fault.message}" for fault in checker.iter_errors(answer.json())]


def test_answers_are_as_described(world, alice, buy):
    described = document()
    for quantity in ("1", "2", "100000"):
        alice.post("orders/", buy | {"quantity": quantity})
    alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"})
    lists = ("orders/", "fills/", "ledger/", "accounts/", "positions/", "instruments/", "quotes/", "portfolio/")
    seen = 0
    for path in (*lists, "me/", "portfolio/history/"):
        for query in ({}, {"limit": "1"}) if path in (*lists[:4], "instruments/") else ({},):
            answer = alice.get(path, **query, **({"symbols": "AAPL,MSFT"} if path == "quotes/" else {}))
            assert (answer.status_code, faults_of(described, path, answer)) == (200, []), path
            seen += answer.json().get("next") is not None if isinstance(answer.json(), dict) else 0
    assert seen == 4, "pages with and without a next one"


@pytest.mark.parametrize("path", ["orders/", "fills/", "ledger/", "accounts/", "instruments/"])
def test_a_description_without_null_would_be_noticed(world, alice, path):
    described = document()
    answer = alice.get(path)
    assert answer.json()["next"] is None
    name = described["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = described["components"]["schemas"][name["$ref"].rsplit("/", 1)[1]]
    assert page["properties"]["next"]["type"] == ["string", "null"]
    page["properties"]["next"]["type"] = "string"
    assert len(faults_of(described, path, answer)) == 1
