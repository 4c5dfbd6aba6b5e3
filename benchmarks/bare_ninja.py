"""Django Ninja with nothing around it: one GET by id and one POST of a small JSON value. It knows no Kingpost; import it once Django is configured."""

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI, Schema


class ItemSchema(Schema):
    """The value in Ninja."""

    id: str
    name: str
    price: int


class NewItemSchema(Schema):
    """What it is made from."""

    name: str
    price: int


def ninja() -> NinjaAPI:
    """The bare API."""
    api = NinjaAPI(urls_namespace="bare", openapi_url=None, docs_url=None)

    @api.get("/items/{item_id}", response=ItemSchema)
    def read(request: HttpRequest, item_id: str) -> Any:  # noqa: ARG001  (Ninja's signature)
        return {"id": item_id, "name": "Mug", "price": 1250}

    @api.post("/items", response={201: ItemSchema})
    def create(request: HttpRequest, data: NewItemSchema) -> Any:  # noqa: ARG001  (Ninja's signature)
        return 201, {"id": "1", "name": data.name, "price": data.price}

    return api
