"""Litestar with nothing around it: one GET by id and one POST of a small JSON value. It knows no Kingpost."""

from litestar import Litestar, get, post
from msgspec import Struct


class Item(Struct):
    """The value in Litestar."""

    id: str
    name: str
    price: int


class NewItem(Struct):
    """What it is made from."""

    name: str
    price: int


@get("/items/{item_id:str}")
async def read_item(item_id: str) -> Item:
    """One item."""
    return Item(id=item_id, name="Mug", price=1250)


@post("/items")
async def create_item(data: NewItem) -> Item:
    """A new item."""
    return Item(id="1", name=data.name, price=data.price)


def litestar() -> Litestar:
    """The bare application."""
    return Litestar(route_handlers=[read_item, create_item], openapi_config=None, logging_config=None)
