"""A component whose use case asks another service where its caller says. It knows no framework and no client."""

from typing import Annotated

from msgspec import Meta, Struct

from kingpost.kernel.component import Component
from kingpost.kernel.context import Context
from kingpost.kernel.operations import Operation
from kingpost.kernel.outbound import (
    Breaking,
    CircuitOpen,
    HttpRequest,
    Retries,
    Target,
    UpstreamForbidden,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamUnavailable,
)
from kingpost.kernel.scalars import Int64

CARRIER = Target(
    name="carrier",
    seconds=0.5,
    reply_limit=1000,
    retries=Retries(attempts=2, first_wait=0.01),
    breaking=Breaking(calls=4, pause=1.0, probes=1),
)


class Ask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to ask."""

    url: Annotated[str, Meta(max_length=1000)]


class Quote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the carrier said."""

    status: Int64
    price: Int64


class Price(Struct, frozen=True):
    """The carrier's own answer."""

    price: int


async def ask(context: Context, *, body: Ask) -> Quote:
    """The price that the carrier names; 0 where it names none."""
    reply = await context.send(HttpRequest(target=CARRIER, method="GET", url=body.url, headers=(("Accept", "application/json"),)))
    return Quote(status=reply.status, price=reply.decode(Price).price if reply.status == 200 else 0)


async def ask_inside(context: Context, *, body: Ask) -> Quote:
    """The mistake: the call is made while the operation's unit of work is open."""
    return await ask(context, body=body)


def _operation(name: str, use_case: object, *, unit: bool) -> Operation:
    return Operation(
        id=f"courier.{name}.create",
        method="POST",
        path=f"/{name}",
        summary="Ask the carrier",
        use_case=use_case,  # type: ignore[arg-type]  (either of the two)
        scope="public",
        permission=None,
        body=Ask,
        returns=Quote,
        status=200,
        unit=unit,
        errors=(UpstreamUnavailable, UpstreamTimeout, CircuitOpen, UpstreamInvalid, UpstreamTooLarge, UpstreamForbidden),
    )


COMPONENT = Component(
    name="courier",
    package="tests.adapters.outbound.courier",
    operations=(_operation("quotes", ask, unit=False), _operation("mistakes", ask_inside, unit=True)),
)

__all__ = ("CARRIER", "COMPONENT", "Ask", "Price", "Quote", "ask", "ask_inside")
