"""The kernel's document merged into a host's: one document that a validator accepts, with nothing of either lost."""

from typing import Any

import pytest
from litestar import Litestar, get
from litestar.openapi.config import OpenAPIConfig
from litestar.testing import TestClient
from msgspec import Struct
from openapi_spec_validator import validate

from kingpost.adapters.litestar_app import KingpostPlugin
from kingpost.adapters.litestar_app.documents import documented, merged
from kingpost.kernel.openapi import document
from tests.adapters.litestar.hosted import Hosted


class Problem(Struct):
    """A type of the host whose name the kernel has too."""

    wrong: str


@get("/trouble", tags=["host"])
async def trouble() -> Problem:
    """A route of the host."""
    return Problem(wrong="nothing")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The document that the host serves."""
    hosted = Hosted(lambda plugin: Litestar([trouble], plugins=[plugin], openapi_config=None, logging_config=None), prefix="/kingpost")
    config = documented(OpenAPIConfig(title="Shop", version="7"), hosted.kernel, prefix="/kingpost")
    app = Litestar([trouble], plugins=[KingpostPlugin(hosted.kernel, prefix="/kingpost")], openapi_config=config, logging_config=None)
    with TestClient(app) as client:
        found: dict[str, Any] = client.get("/schema/openapi.json").json()
    hosted.close()
    return found


def test_the_document_is_valid(schema: dict[str, Any]) -> None:
    """A validator of OpenAPI 3.1 accepts it, and it is still the host's."""
    validate(schema)
    assert (schema["info"]["title"], schema["info"]["version"]) == ("Shop", "7")


def test_both_sides_are_told(schema: dict[str, Any]) -> None:
    """The host's route and the kernel's operations under the prefix, with their tags."""
    assert schema["paths"]["/trouble"]["get"]["tags"] == ["host"]
    assert schema["paths"]["/kingpost/products/{product_id}"]["get"]["operationId"] == "storefront.products.read"
    assert [tag["name"] for tag in schema["tags"]] == ["tenancy", "storefront"]


def test_equal_names_stay_apart(schema: dict[str, Any]) -> None:
    """The host's ``Problem`` keeps its name; the kernel's gets another, and its references follow."""
    schemas = schema["components"]["schemas"]
    assert set(schemas["Problem"]["properties"]) == {"wrong"}
    assert "request_id" in schemas["KingpostProblem"]["properties"]
    refused = schema["paths"]["/kingpost/tenant"]["get"]["responses"]["401"]["content"]["application/problem+json"]["schema"]
    assert refused == {"$ref": "#/components/schemas/KingpostProblem"}


def test_equal_security_schemes_stay_apart() -> None:
    """A scheme of the host's with the kernel's name stays the host's, and the kernel's operations ask for theirs."""
    hosted = Hosted(lambda plugin: Litestar(plugins=[plugin], openapi_config=None, logging_config=None))
    host: dict[str, Any] = {"paths": {}, "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X"}}}}
    both = merged(host, dict(document(hosted.kernel)), "")
    hosted.close()
    assert set(both["components"]["securitySchemes"]) == {"key", "Kingpostkey"}
    assert both["paths"]["/tenant"]["get"]["security"] == [{"Kingpostkey": []}]
    assert both["components"]["securitySchemes"]["key"]["type"] == "apiKey"
