"""The registry as one OpenAPI 3.1 document. It knows operations and types; it knows no framework's own generator."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias, get_type_hints

import msgspec
from msgspec import Struct

from kingpost.kernel import errors as tree
from kingpost.kernel import outbound
from kingpost.kernel.call import Wiring
from kingpost.kernel.errors import KernelError
from kingpost.kernel.operations import NO_CONTENT, Example, Operation, Registry
from kingpost.kernel.records import Record
from kingpost.kernel.replies import PROBLEM, Problem

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]

_REF = "#/components/schemas/{name}"


def conditions(registry: Registry) -> Mapping[str, type[KernelError]]:
    """Every condition that can be answered, by its code: the kernel's own and those that operations declare."""
    named = (value for module in (tree, outbound) for value in vars(module).values())
    own = (value for value in named if isinstance(value, type) and issubclass(value, KernelError) and value is not KernelError)
    declared = (error for operation in registry.operations for error in operation.errors)
    return {error.code: error for error in sorted({*own, *declared}, key=lambda error: error.code)}


def document(kernel: Wiring) -> Object:
    """The document of a kernel, in a stable order."""
    operations = kernel.registry.operations
    types = sorted({*_types(operations), Problem}, key=repr)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type: dict[object, Object] = dict(zip(types, schemas, strict=True))
    paths: Object = {}
    for path, group in kernel.registry.paths.items():
        paths[path] = {operation.method.lower(): _operation(kernel, operation, by_type) for operation in group if not operation.probe} or {}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {"title": kernel.policy.title, "version": kernel.policy.versions[-1], "summary": "One API, the same on every adapter."},
        "servers": [{"url": "."}],
        "tags": [{"name": component.name} for component in kernel.components],
        "paths": {path: entry for path, entry in paths.items() if entry},
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": _schemes(kernel),
            "headers": _HEADERS,
        },
    }


def _types(operations: tuple[Operation, ...]) -> Iterator[object]:
    for operation in operations:
        yield from (type_ for type_ in (operation.body, operation.returns) if type_ is not None)


def _schemes(kernel: Wiring) -> Object:
    """What a caller may prove themselves with."""
    found: Object = {"key": {"type": "http", "scheme": "bearer", "description": "A key: kp_p_... of the platform, kp_t_... of a tenant."}}
    if kernel.resolver is not None:
        proof = kernel.policy.csrf
        told = f"The session of whoever is logged in at the host application; a change needs the cookie {proof.cookie} repeated in the header {proof.header}."
        found["session"] = {"type": "apiKey", "in": "cookie", "name": kernel.policy.session_cookie, "description": told}
    return found


def _operation(kernel: Wiring, operation: Operation, schemas: Mapping[object, Object]) -> Object:
    entry: Object = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.id.partition(".")[0]],
        "x-kingpost-scope": operation.scope,
        "parameters": list(_parameters(operation)),
        "responses": dict(_responses(operation, schemas)),
        "security": [] if operation.scope == "public" else [{name: []} for name in _schemes(kernel)],
    }
    if operation.permission is not None:
        entry["x-kingpost-permission"] = operation.permission
    if operation.body is not None:
        content: Object = {"schema": schemas[operation.body]}
        examples = _examples((example.summary, example.body) for example in operation.examples)
        entry["requestBody"] = {"required": True, "content": {"application/json": {**content, **examples}}}
    return entry


def _parameters(operation: Operation) -> Iterator[Object]:
    for type_, where in ((operation.path_parameters, "path"), (operation.query, "query")):
        if type_ is not None:
            yield from _fields(type_, where)
    if operation.scope != "public":
        yield {
            "name": "Tenant",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "Id or slug of the tenant; must agree with the credential.",
        }
    if operation.if_match:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "description": "The ETag that was loaded.",
        }


def _fields(type_: type[Struct], where: str) -> Iterator[Object]:
    """One parameter per field; each schema is written out, as a parameter has no name to refer to."""
    schema = msgspec.json.schema(type_)
    body: Object = schema["$defs"][type_.__name__] if "$defs" in schema else schema
    definitions = {name: value for name, value in schema.get("$defs", {}).items() if name != type_.__name__}
    properties, required = body.get("properties"), body.get("required")
    for name, value in properties.items() if isinstance(properties, dict) else ():
        inlined = definitions.get(str(value["$ref"]).rpartition("/")[2], value) if isinstance(value, dict) and "$ref" in value else value
        yield {
            "name": name,
            "in": where,
            "required": where == "path" or (isinstance(required, list) and name in required),
            "schema": inlined,
        }


def _responses(operation: Operation, schemas: Mapping[object, Object]) -> Iterator[tuple[str, Json]]:
    yield str(operation.status), _success(operation, schemas)
    if operation.method == "GET" and operation.returns is not None and not operation.paged:
        yield "304", {"description": "Not modified: If-None-Match names the current ETag."}
    by_status: dict[int, set[str]] = {}
    for error in (*operation.errors, *_pipeline_errors(operation)):
        by_status.setdefault(error.status, set()).add(error.code)
    for status in sorted(by_status):
        codes = sorted(by_status[status])
        content: Object = {PROBLEM: {"schema": schemas[Problem]}}
        yield str(status), {"description": ", ".join(codes), "x-kingpost-codes": list(codes), "content": content}


def _pipeline_errors(operation: Operation) -> Iterator[type[KernelError]]:
    """What the pipeline itself may answer on this operation."""
    yield from (
        tree.BadRequest,
        tree.MalformedHeader,
        tree.MalformedQuery,
        tree.UnknownHost,
        tree.UnknownVersion,
        tree.Invalid,
        tree.InternalError,
        tree.Unavailable,
        tree.Timeout,
    )
    yield from (tree.NotAcceptable, tree.BodyTooLarge, tree.PathTooLong, tree.HeadersTooLarge)
    if operation.path_parameters is not None:
        yield from (tree.MalformedPath, tree.NotFound)
    if operation.scope != "public":
        yield from (tree.Unauthenticated, tree.PermissionMissing, tree.TenantMismatch, tree.TenantSuspended, tree.TenantClosed)
        yield tree.PlatformOnly if operation.scope == "platform" else tree.TenantRequired
    if operation.paged:
        yield tree.MalformedCursor
    if operation.body is not None:
        yield from (tree.MalformedJson, tree.UnsupportedMediaType)
    if operation.if_match:
        yield from (tree.PreconditionRequired, tree.PreconditionFailed, tree.StaleVersion, tree.WeakEtag)


def _success(operation: Operation, schemas: Mapping[object, Object]) -> Object:
    if operation.status == NO_CONTENT:
        return {"description": "Done; there is nothing to say."}
    if operation.raw:
        return {"description": operation.summary, "content": {operation.media: {}}}
    schema = schemas[operation.returns]
    headers: Object = {
        "Request-Id": {"$ref": "#/components/headers/Request-Id"},
        "API-Version": {"$ref": "#/components/headers/API-Version"},
    }
    if operation.paged:
        headers["Link"] = {"$ref": "#/components/headers/Link"}
        schema = _page_of(schema)
    elif _is_tagged(operation):
        headers["ETag"] = {"$ref": "#/components/headers/ETag"}
    if operation.location is not None:
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    examples = _examples((example.summary, _answered(operation, example)) for example in operation.examples)
    return {"description": operation.summary, "headers": headers, "content": {operation.media: {"schema": schema, **examples}}}


def _is_tagged(operation: Operation) -> bool:
    """Whether the answer carries an ``ETag``: its record is picked out, must be matched, or is what the use case says it returns."""
    result = get_type_hints(operation.use_case).get("return")
    versioned = isinstance(result, type) and issubclass(result, Record) and result.facts.versioned
    return versioned or operation.if_match or operation.resource is not None


def _page_of(schema: Object) -> Object:
    """The schema of a page of such items."""
    properties: Object = {"items": {"type": "array", "items": schema}, "next_cursor": {"type": ["string", "null"]}}
    return {"type": "object", "required": ["items", "next_cursor"], "properties": properties}


def _answered(operation: Operation, example: Example) -> Mapping[str, object] | None:
    """The answer of an example; of a list the page that holds its one item."""
    if example.result is None or not operation.paged:
        return example.result
    return {"items": [example.result], "next_cursor": None}


def _examples(pairs: Iterator[tuple[str, Mapping[str, object] | None]]) -> Object:
    found = {
        f"example-{number}": {"summary": summary, "value": value} for number, (summary, value) in enumerate(pairs, 1) if value is not None
    }
    return {"examples": msgspec.to_builtins(found)} if found else {}


_HEADERS: Object = {
    "Request-Id": {
        "description": "Echoed if it was well-formed, else made here; quote it when asking for help.",
        "schema": {"type": "string"},
    },
    "API-Version": {"description": "The version of the API that answered.", "schema": {"type": "string", "format": "date"}},
    "ETag": {"description": "The strong entity tag of the resource; send it as If-Match to change it.", "schema": {"type": "string"}},
    "Location": {"description": "The path of what was created.", "schema": {"type": "string", "format": "uri-reference"}},
    "Link": {"description": 'The next page: <...>; rel="next". Absent at the end.', "schema": {"type": "string"}},
}
