"""The kernel's OpenAPI document inside a host's own. It knows the two documents; it describes no operation itself."""

from copy import copy
from typing import Any, Final, TypeAlias, TypeVar, cast

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import OpenAPI

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.openapi import document

T = TypeVar("T")
Json: TypeAlias = Any
"""A value of JSON, as Litestar's own ``to_schema`` gives it."""

_PREFIX: Final = "Kingpost"
"""In front of the kernel's name where a component of the host has the same one."""
_REFERENCE: Final = "#/components/"


def documented(config: OpenAPIConfig, kernel: Kernel, *, prefix: str = "") -> OpenAPIConfig:
    """A configuration like ``config`` whose document also tells the kernel's operations, under the prefix of the plugin.

    ``Litestar(openapi_config=documented(OpenAPIConfig(title="Shop", version="1"), kernel, prefix="/kingpost"), ...)``
    """

    class Together(OpenAPI):
        """The host's document with the kernel's in it."""

        def to_schema(self) -> dict[str, Any]:
            return merged(super().to_schema(), dict(document(kernel)), prefix)

    class Documented(OpenAPIConfig):
        """The host's configuration."""

        def to_openapi_schema(self) -> OpenAPI:
            return _like(super().to_openapi_schema(), Together)

    return _like(config, Documented)


def merged(host: dict[str, Json], ours: dict[str, Json], prefix: str) -> dict[str, Json]:
    """The host's document with our paths, tags and components behind its own; what has a name of the host's gets another."""
    there = host.get("components", {})
    renamed = {
        f"{_REFERENCE}{kind}/{name}": f"{_REFERENCE}{kind}/{_PREFIX}{name}"
        for kind, group in ours["components"].items()
        for name, meaning in group.items()
        if there.get(kind, {}).get(name, meaning) != meaning
    }
    own = _renamed(ours, renamed)
    components = {kind: {**there.get(kind, {}), **_keys(kind, group, renamed)} for kind, group in own["components"].items()}
    paths = {f"{prefix}{path}": entry for path, entry in own["paths"].items()}
    tags = [tag for tag in own["tags"] if tag["name"] not in {tag["name"] for tag in host.get("tags") or ()}]
    return {
        **host,
        "paths": {**paths, **host["paths"]},
        "components": {**there, **components},
        "tags": [*(host.get("tags") or ()), *tags],
    }


def _keys(kind: str, group: dict[str, Json], renamed: dict[str, str]) -> dict[str, Json]:
    return {
        renamed.get(f"{_REFERENCE}{kind}/{name}", f"{_REFERENCE}{kind}/{name}").rpartition("/")[2]: meaning
        for name, meaning in group.items()
    }


def _renamed(value: Json, renamed: dict[str, str]) -> Json:
    """The value with every reference, and every demand of a security scheme, under its new name."""
    if isinstance(value, dict):
        schemes = {name: _scheme(name, renamed) for name in value} if _is_demand(value) else {}
        return {
            schemes.get(name, name): renamed.get(meaning, meaning) if name == "$ref" else _renamed(meaning, renamed)
            for name, meaning in value.items()
        }
    return [_renamed(item, renamed) for item in value] if isinstance(value, list) else value


def _is_demand(value: dict[str, Json]) -> bool:
    """``{"key": []}``: a security requirement."""
    return bool(value) and all(meaning == [] for meaning in value.values())


def _scheme(name: str, renamed: dict[str, str]) -> str:
    place = f"{_REFERENCE}securitySchemes/{name}"
    return renamed.get(place, place).rpartition("/")[2]


def _like(value: object, kind: type[T]) -> T:
    """A copy of the value as an instance of a subclass; made again by its constructor, Litestar would warn of fields that nobody has set."""
    made = copy(value)
    made.__class__ = kind
    return cast("T", made)
