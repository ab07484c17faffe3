"""The description of the interface: OpenAPI 3.1, its page, and what unknown addresses say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from arbion.api_reference import groups_of
from arbion.domain.enums import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Client:
    return Client(REMOTE_ADDR="127.0.0.1")


def test_the_schema_is_openapi_3_1(here: Client) -> None:
    document = here.get("/api/v1/schema/?format=json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/orders/", "/api/v1/me/", "/api/v1/quotes/"} <= set(document["paths"])
    assert here.get("/api/v1/schema/")["Content-Type"].startswith("application/vnd.oai.openapi")


def test_strangers_elsewhere_sign_in_first(caller: Callable[..., Client]) -> None:
    refused = caller().get("/api/v1/schema/")
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")
    sent = caller().get("/api/docs/")
    assert (sent.status_code, sent["Location"]) == (302, "/account/login/?next=/api/docs/")


def test_whoever_has_signed_in_may_read_it(caller: Callable[..., Client]) -> None:
    client = caller(Role.STANDARD)
    assert client.get("/api/v1/schema/").status_code == 200
    assert client.get("/api/docs/").status_code == 200


def test_the_page_lists_every_operation_from_our_own_files(here: Client) -> None:
    document = here.get("/api/v1/schema/?format=json").json()
    page = here.get("/api/docs/").content.decode()
    for path in document["paths"]:
        assert f"</strong> {path.replace('<', '&lt;')}</h3>" in page, path
    assert "://" not in page.replace("http://testserver", "")


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/", "/api/v2/me/", "/api/v1/orders", "/api/v1/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_a_problem(here: Client, method: str, path: str) -> None:
    answer = getattr(here, method)(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_bodies_and_answers_are_read_through_references() -> None:
    document = {
        "paths": {
            "/api/v1/things/{id}/": {
                "post": {
                    "operationId": "things_create",
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                    },
                    "responses": {
                        "200": {
                            "description": "All",
                            "content": {
                                "application/json": {
                                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
                                }
                            },
                        }
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "Thing": {
                    "type": "object",
                    "required": ["side"],
                    "properties": {
                        "side": {"allOf": [{"$ref": "#/components/schemas/Side"}]},
                        "at": {"type": ["string", "null"], "format": "date-time", "description": "When"},
                    },
                },
                "Side": {"enum": ["buy", "sell"]},
            }
        },
    }
    fields = [
        {"name": "side", "required": True, "kind": "buy | sell", "description": ""},
        {"name": "at", "required": False, "kind": "string | null (date-time)", "description": "When"},
    ]
    (group,) = groups_of(document)
    (operation,) = group["operations"]
    assert group["name"] == "things"
    assert (operation["method"], operation["path"], operation["anchor"]) == (
        "POST",
        "/api/v1/things/{id}/",
        "things_create",
    )
    assert operation["body"] == fields
    assert operation["answers"] == [{"status": "200", "description": "All", "fields": fields}]
    assert operation["parameters"] == [
        {"name": "id", "place": "path", "required": True, "kind": "string", "description": ""}
    ]
