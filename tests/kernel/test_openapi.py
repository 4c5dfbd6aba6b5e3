"""The OpenAPI document: valid against the standard's own schema, complete, self-contained and the same every time."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry as Documents
from referencing.jsonschema import DRAFT202012

from examples.storefront import COMPONENT as STOREFRONT
from kingpost.kernel.openapi import conditions
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from tests.kernel.world import World


@pytest.fixture(scope="module")
def world() -> World:
    """A kernel with both shipped components."""
    return World(components=(TENANCY, STOREFRONT), title="Shop & <Co>")


@pytest.fixture(scope="module")
def document(world: World) -> dict[str, Any]:
    """The document as a client gets it."""
    return world.json("GET", "/openapi.json")


def nodes(value: object, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a document with its JSON Pointer."""
    if isinstance(value, dict):
        yield pointer, value
        for name, member in value.items():
            yield from nodes(member, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from nodes(member, f"{pointer}/{number}")


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The operations of the document by id."""
    return {entry["operationId"]: entry for path in document["paths"].values() for entry in path.values()}


def errors_of(document: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    """What a standard validator finds wrong with a value, ``$ref`` resolved within the document."""
    resources = Documents().with_resource("urn:document", DRAFT202012.create_resource(document))
    located = msgspec.json.decode(msgspec.json.encode(schema).replace(b'"#/', b'"urn:document#/'))
    return [error.message for error in OAS31Validator(located, registry=resources).iter_errors(value)]


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    """The schema of OpenAPI 3.1 accepts it."""
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "Shop & <Co>"


def test_every_operation_is_there(world: World, document: dict[str, Any]) -> None:
    """All operations but the probes, each at its path and method, with scope and permission."""
    expected = {each.id for each in world.kernel.registry.operations if not each.probe}
    assert set(operations(document)) == expected
    for operation in world.kernel.registry.operations:
        if operation.probe:
            continue
        entry = document["paths"][operation.path][operation.method.lower()]
        assert entry["operationId"] == operation.id
        assert entry["x-kingpost-scope"] == operation.scope
        assert entry.get("x-kingpost-permission") == operation.permission
        assert str(operation.status) in entry["responses"]
        assert entry["security"] == ([] if operation.scope == "public" else [{"key": []}])


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    """No ``$ref`` leads nowhere, and none leads out of the document."""
    for pointer, node in nodes(document):
        reference = node.get("$ref")
        if reference is None:
            continue
        assert reference.startswith("#/"), pointer
        target: Any = document
        for step in reference[2:].split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        assert target


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    """Examples of bodies, answers, parameters and members are accepted by the schema beside them."""
    checked = 0
    for pointer, node in nodes(document):
        named = node.get("examples")
        values = [each["value"] for each in named.values()] if isinstance(named, dict) and "schema" in node else []
        schema = node.get("schema", node)
        if isinstance(named, list) and ("type" in node or "$ref" in node):
            values, schema = named, {key: value for key, value in node.items() if key != "examples"}
        for value in values:
            assert errors_of(document, schema, value) == [], pointer
            checked += 1
    assert checked > 10


def test_path_parameters_are_declared(document: dict[str, Any]) -> None:
    """Each template parameter is described once, required, and no other is."""
    for path, entries in document["paths"].items():
        expected = sorted(part[1:-1] for part in path.split("/") if part.startswith("{"))
        for entry in entries.values():
            declared = [each for each in entry["parameters"] if each["in"] == "path"]
            assert sorted(each["name"] for each in declared) == expected
            assert all(each["required"] for each in declared)


def test_real_answers_fit_the_document(world: World, document: dict[str, Any]) -> None:
    """What the kernel answers is what the document promises: one, a page, a creation and a problem."""
    platform = world.platform_key()
    made = world.json("POST", "/platform/tenants", key=platform, body={"slug": "acme", "name": "Acme"})
    answers = {
        ("tenancy.tenants.create", "201"): made,
        ("tenancy.tenants.read", "200"): world.json("GET", f"/platform/tenants/{made['tenant']['id']}", key=platform),
        ("tenancy.tenants.list", "200"): world.json("GET", "/platform/tenants?limit=1", key=platform),
        ("storefront.products.list", "200"): world.json("GET", "/products", key=made["key"]),
    }
    for (id_, status), answer in answers.items():
        content = operations(document)[id_]["responses"][status]["content"]["application/json"]
        assert errors_of(document, content["schema"], answer) == [], id_
    refused = msgspec.json.decode(world.ask("POST", "/platform/tenants", key=platform, body={"slug": "A", "nome": 1}).body)
    problem = operations(document)["tenancy.tenants.create"]["responses"]["422"]["content"]["application/problem+json"]
    assert errors_of(document, problem["schema"], refused) == []
    assert errors_of(document, problem["schema"], {"code": 1})


def test_every_answer_of_the_pipeline_is_declared(world: World, document: dict[str, Any]) -> None:
    """A refusal that a client meets stands in the document of its operation, with its code."""
    platform, (_, key) = world.platform_key(), world.tenant("globex")
    path = "/products/prd_01h455vb4pex5vsknk084sn02q"
    met = [
        ("storefront.products.read", world.ask("GET", path)),
        ("storefront.products.read", world.ask("GET", path, key=platform)),
        ("storefront.products.read", world.ask("GET", path, key=key)),
        ("storefront.products.read", world.ask("GET", path, key=key, headers=[("accept", "text/html")])),
        ("storefront.products.read", world.ask("GET", path + "?x=1", key=key)),
        ("storefront.products.read", world.ask("GET", path, key=key, headers=[("tenant", "nobody")])),
        ("storefront.products.read", world.ask("GET", path, key=key, headers=[("api-version", "1999-01-01")])),
        ("storefront.products.list", world.ask("GET", "/products?cursor=x", key=key)),
        ("storefront.products.create", world.ask("POST", "/products", key=key, body=b"{")),
        ("storefront.products.create", world.ask("POST", "/products", key=key, body=b"{}", headers=[("content-type", "text/plain")])),
        ("storefront.products.update", world.ask("PATCH", path, key=key, body={})),
        ("storefront.products.update", world.ask("PATCH", path, key=key, body={}, headers=[("if-match", 'W/"x"')])),
        ("tenancy.tenants.list", world.ask("GET", "/platform/tenants", key=key)),
    ]
    for id_, reply in met:
        told = msgspec.json.decode(reply.body)
        declared = operations(document)[id_]["responses"][str(reply.status)]["x-kingpost-codes"]
        assert told["code"] in declared, (id_, told)


def test_the_document_is_deterministic() -> None:
    """Two kernels of the same components give the same bytes, whatever was asked of them before."""
    first, second = (World(components=(TENANCY, STOREFRONT)) for _ in range(2))
    second.ask("GET", "/docs")
    assert first.ask("GET", "/openapi.json").body == second.ask("GET", "/openapi.json").body


def test_a_component_that_is_off_leaves_no_trace() -> None:
    """No path, no schema, no tag, no code of it."""
    alone = World(components=(TENANCY,)).ask("GET", "/openapi.json").body
    assert b"product" not in alone.lower()
    assert b"sku-taken" not in alone


def test_conditions_are_the_kernels_and_the_declared_ones(world: World) -> None:
    """Each code leads to one condition; the codes of components that are off do not."""
    found = conditions(world.kernel.registry)
    assert list(found) == sorted(found)
    assert {"not-found", "slug-taken", "sku-taken"} <= set(found)
    assert "sku-taken" not in conditions(World(components=(TENANCY,)).kernel.registry)


def test_the_example_of_a_list_is_a_page() -> None:
    """The one item of an example is shown as it is answered: in a page."""
    document = World(components=(TENANCY,)).json("GET", "/openapi.json")
    content = document["paths"]["/platform/tenants"]["get"]["responses"]["200"]["content"]["application/json"]
    [example] = content["examples"].values()
    assert [item["slug"] for item in example["value"]["items"]] == ["acme"]
    assert errors_of(document, content["schema"], example["value"]) == []
