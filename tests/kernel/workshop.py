"""A small component for the tests of the kernel. It knows tools and accidents; it knows no kernel and asserts nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, ClassVar, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from kingpost.kernel.component import Component, Permission, Service
from kingpost.kernel.context import Context
from kingpost.kernel.errors import NotFound
from kingpost.kernel.operations import Example, Operation, PageQuery
from kingpost.kernel.records import Facts, Index, Record, Retention, Unique
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.scalars import Count, Int64, Timestamp, format_timestamp, id_of
from kingpost.kernel.store import Page, Value, equal
from kingpost.kernel.tenancy import TenantId

ToolId: TypeAlias = Annotated[str, id_of("tol")]


class Tool(Record, frozen=True, kw_only=True):
    """Something that a tenant owns."""

    facts: ClassVar[Facts] = Facts(
        component="workshop",
        name="tool",
        tenant="tenant_id",
        versioned=True,
        personal=(),
        retention=Retention("kept for the tests"),
        unique=(Unique(("name",)),),
        indexes=(Index(("shelf", "id")),),
    )
    id: ToolId
    tenant_id: TenantId
    name: Annotated[str, Meta(max_length=100)]
    shelf: int
    created_at: datetime
    version: int = 1


class ToolView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tool on the wire."""

    id: ToolId
    name: str
    shelf: Int64
    created_at: Timestamp
    version: Int64


class NewTool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tool is made from."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    shelf: Count = 0


class ChangedTool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a tool."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    shelf: Count | UnsetType = UNSET


class ToolPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tool."""

    tool_id: ToolId


class ToolQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tools."""

    shelf: Count | UnsetType = UNSET
    sharp: bool | UnsetType = UNSET


class Accident:
    """What happens in the operation ``workshop.accident``: a test sets it."""

    def __init__(self) -> None:
        self.happen: Callable[[Context], object] = lambda context: None

    def __call__(self, context: Context) -> object:
        """What the operation does after it has written."""
        return self.happen(context)


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything at all; the accident decides."""

    name: str = "hammer"


def view(tool: Tool) -> ToolView:
    """The tool on the wire."""
    return ToolView(id=tool.id, name=tool.name, shelf=tool.shelf, created_at=format_timestamp(tool.created_at), version=tool.version)


async def create_tool(context: Context, *, body: NewTool) -> Tool:
    """Put a tool on a shelf."""
    tool = new_tool(context, body.name, body.shelf)
    await context.store.insert(tool)
    return tool


def new_tool(context: Context, name: str, shelf: int = 0) -> Tool:
    """A tool of the caller's tenant, not stored yet."""
    return Tool(id=context.new_id("tol"), tenant_id=context.tenant_id, name=name, shelf=shelf, created_at=context.now())


async def read_tool(context: Context, *, path: ToolPath) -> Tool:
    """One tool."""
    tool = await context.store.get(Tool, path.tool_id)
    if tool is None:
        raise NotFound
    return tool


async def list_tools(context: Context, *, query: ToolQuery, after: tuple[Value, ...] | None) -> Page[Tool]:
    """Tools by shelf."""
    where = () if query.shelf is UNSET else (equal("shelf", query.shelf),)
    return await context.store.find(Tool, where=where, order=("id",), after=after, limit=query.limit)


async def change_tool(context: Context, *, path: ToolPath, body: ChangedTool, if_match: IfMatch) -> Tool:
    """Rename or move a tool."""
    tool = await read_tool(context, path=path)
    if_match.require(tool)
    changes = {name: getattr(body, name) for name in body.__struct_fields__ if getattr(body, name) is not UNSET}
    return await context.store.replace(structs.replace(tool, **changes), expected=tool.version)


async def remove_tool(context: Context, *, path: ToolPath, if_match: IfMatch) -> None:
    """Throw a tool away."""
    tool = await read_tool(context, path=path)
    if_match.require(tool)
    await context.store.remove(Tool, tool.id, expected=tool.version)


async def have_accident(context: Context, *, body: Fault) -> object:
    """Write a tool, then let the accident happen."""
    await context.store.insert(new_tool(context, body.name))
    return context.get(Accident)(context)


async def greet(context: Context) -> Fault:
    """Say something to anybody."""
    return Fault(name=context.principal.side)


READ, WRITE = "workshop.tools:read", "workshop.tools:write"
_PATH = "/tools/{tool_id}"

OPERATIONS = (
    Operation(
        id="workshop.tools.create",
        method="POST",
        path="/tools",
        summary="Put a tool on a shelf",
        use_case=create_tool,
        permission=WRITE,
        body=NewTool,
        returns=ToolView,
        view=view,
        status=201,
        location=lambda tool: f"/tools/{tool.id}",
        examples=(Example(summary="A saw", body={"name": "saw", "shelf": 2}),),
    ),
    Operation(
        id="workshop.tools.list",
        method="GET",
        path="/tools",
        summary="List tools",
        use_case=list_tools,
        permission=READ,
        query=ToolQuery,
        returns=ToolView,
        view=view,
    ),
    Operation(
        id="workshop.tools.read",
        method="GET",
        path=_PATH,
        summary="Read a tool",
        use_case=read_tool,
        permission=READ,
        path_parameters=ToolPath,
        returns=ToolView,
        view=view,
        errors=(NotFound,),
    ),
    Operation(
        id="workshop.tools.update",
        method="PATCH",
        path=_PATH,
        summary="Change a tool",
        use_case=change_tool,
        permission=WRITE,
        path_parameters=ToolPath,
        body=ChangedTool,
        returns=ToolView,
        view=view,
        if_match=True,
        errors=(NotFound,),
    ),
    Operation(
        id="workshop.tools.remove",
        method="DELETE",
        path=_PATH,
        summary="Throw a tool away",
        use_case=remove_tool,
        permission=WRITE,
        path_parameters=ToolPath,
        status=204,
        if_match=True,
        errors=(NotFound,),
    ),
    Operation(
        id="workshop.accident",
        method="POST",
        path="/accident",
        summary="Write a tool and have an accident",
        use_case=have_accident,
        permission=WRITE,
        body=Fault,
        returns=Fault,
    ),
    Operation(
        id="workshop.greeting",
        method="GET",
        path="/greeting",
        summary="Greet",
        use_case=greet,
        scope="public",
        permission=None,
        returns=Fault,
    ),
)


def workshop(accident: Accident) -> Component:
    """The component, with an accident of the test's own."""
    return Component(
        name="workshop",
        package="tests.kernel.workshop",
        records=(Tool,),
        operations=OPERATIONS,
        permissions=(Permission(READ, "See tools."), Permission(WRITE, "Change tools.")),
        services=(Service(Accident, lambda _: accident),),
        requires=("tenancy",),
    )
