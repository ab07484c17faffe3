"""The OpenAPI description."""

from __future__ import annotations

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema


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
