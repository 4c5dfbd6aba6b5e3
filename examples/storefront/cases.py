"""What is demanded of the storefront wherever it is served, as data for the conformance kit. It knows the API and no adapter.

``kingpost conformance --target litestar --components examples.storefront --component storefront`` plays it.
Every case starts from the kit's world, in which tenants A and B have no products; what a step makes is remembered with ``save``.
"""

from typing import Final

from kingpost.conformance.cases.case import EMPTY_PAGE, Case, Expect, Step, delete, get, patch, post

MUG: Final = b'{"sku":"MUG-01","name":"Mug","price":{"amount":1250,"currency":"EUR"},"stock":5}'


def _made(body: bytes = MUG, *, key: str = "a.key") -> Step:
    """A new product, remembered as ``<product>`` with its ``<etag>``."""
    return Step(
        method="POST", target="/products", key=key, body=body, expect=Expect(status=201), save={"product": "json:id", "etag": "header:etag"}
    )


def _adjusted(delta: int, status: int, code: str | None = None, **fields: object) -> Step:
    return Step(
        method="POST",
        target="/products/<product>/stock-adjustments",
        body=b'{"delta":%d}' % delta,
        expect=Expect(status=status, code=code, fields=fields),
    )


CASES: Final = (
    Case(
        id="storefront.create",
        law="A new product is a draft without a description, where Location says.",
        steps=(
            Step(
                method="POST",
                target="/products",
                body=MUG,
                expect=Expect(status=201, fields={"status": "draft", "description": "", "stock": 5, "version": 1}),
                save={"where": "header:location"},
            ),
            Step(target="<where>", expect=Expect(status=200, fields={"sku": "MUG-01", "price": {"amount": 1250, "currency": "EUR"}})),
        ),
    ),
    Case(
        id="storefront.create.invalid",
        law="A price below zero and a SKU with a space are refused together.",
        steps=(
            post(
                "/products",
                b'{"sku":"MUG 01","name":"Mug","price":{"amount":-1,"currency":"EUR"}}',
                422,
                "invalid",
                pointers=("/sku", "/price/amount"),
            ),
        ),
    ),
    Case(
        id="storefront.sku.unique",
        law="A SKU is unique within a shop, and another shop may have it too.",
        steps=(_made(), post("/products", MUG, 409, "sku-taken"), post("/products", MUG, 201, key="b.key")),
    ),
    Case(
        id="storefront.isolation",
        law="A product of another shop is like none: it cannot be read, changed, deleted or counted.",
        steps=(
            _made(key="b.key"),
            get("/products/<product>", 404, "not-found"),
            patch("/products/<product>", "<etag>", b'{"name":"x"}', Expect(status=404)),
            delete("/products/<product>", "<etag>", 404),
            _adjusted(1, 404, "not-found"),
            Step(target="/products", expect=Expect(status=200, fields=EMPTY_PAGE)),
        ),
    ),
    Case(
        id="storefront.update",
        law="A product is changed under its tag, once.",
        steps=(
            _made(),
            patch("/products/<product>", "<etag>", b'{"status":"active"}', Expect(status=200, fields={"status": "active", "version": 2})),
            patch("/products/<product>", "<etag>", b'{"status":"archived"}', Expect(status=412, code="stale-version")),
            patch("/products/<product>", None, b'{"status":"archived"}', Expect(status=428, code="precondition-required")),
        ),
    ),
    Case(
        id="storefront.stock",
        law="Stock is received and taken without a tag, and never below zero.",
        steps=(
            _made(),
            _adjusted(-3, 200, stock=2),
            _adjusted(-3, 409, "stock-insufficient"),
            _adjusted(10, 200, stock=12),
        ),
    ),
    Case(
        id="storefront.stock.not-by-update",
        law="A change of the product does not change its stock.",
        steps=(_made(), patch("/products/<product>", "<etag>", b'{"stock":99}', Expect(status=422, pointers=("/stock",)))),
    ),
    Case(
        id="storefront.stock.refused-changes-nothing",
        law="A refused adjustment leaves the product and its tag as they were.",
        steps=(
            _made(),
            _adjusted(-6, 409, "stock-insufficient"),
            Step(target="/products/<product>", expect=Expect(status=200, headers={"etag": "<etag>"}, fields={"stock": 5})),
        ),
    ),
    Case(
        id="storefront.delete",
        law="A deleted product is gone, and its SKU is free again.",
        steps=(_made(), delete("/products/<product>", "<etag>", 204), get("/products/<product>", 404, "not-found"), _made()),
    ),
    Case(
        id="storefront.list.price",
        law="A price range lists the products of one currency from the cheapest on.",
        steps=(
            _made(b'{"sku":"B","name":"B","price":{"amount":300,"currency":"EUR"}}'),
            _made(b'{"sku":"A","name":"A","price":{"amount":200,"currency":"EUR"}}'),
            _made(b'{"sku":"C","name":"C","price":{"amount":100,"currency":"USD"}}'),
            Step(target="/products?currency=EUR&max_price=300", expect=Expect(status=200, listed={"sku": ("A", "B")})),
            Step(target="/products?currency=EUR&min_price=201", expect=Expect(status=200, listed={"sku": ("B",)})),
        ),
    ),
)
