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


def _found(term: str, **listed: tuple[object, ...]) -> Step:
    return Step(target=f"/product-search?term={term}", expect=Expect(status=200, listed=listed))


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
    Case(
        id="storefront.search",
        law="A search finds what holds the term in name or description, whatever its case, by name, and counts the cheaper ones of the shop.",
        steps=(
            _made(b'{"sku":"A","name":"\xc3\x89cole mug","price":{"amount":300,"currency":"EUR"}}'),
            _made(b'{"sku":"B","name":"Cup","description":"No MUG.","price":{"amount":200,"currency":"EUR"}}'),
            _made(b'{"sku":"C","name":"100% mug","price":{"amount":100,"currency":"USD"}}'),
            _made(b'{"sku":"D","name":"Mug","price":{"amount":1,"currency":"EUR"}}', key="b.key"),
            _found("mug", sku=("C", "B", "A"), cheaper=(0, 0, 1)),
            _found("%C3%A9COLE", sku=("A",)),
            _found("%25", sku=("C",)),
            _found("_", sku=()),
            _found("mug%27%20OR%201=1%20--", sku=()),
        ),
    ),
    Case(
        id="storefront.search.pages",
        law="Two pages of a search hold what one does, the second behind the cursor of the first.",
        steps=(
            _made(b'{"sku":"A","name":"Mug","price":{"amount":3,"currency":"EUR"}}'),
            _made(b'{"sku":"B","name":"Mug","price":{"amount":2,"currency":"EUR"}}'),
            _made(b'{"sku":"C","name":"mug","price":{"amount":1,"currency":"EUR"}}'),
            Step(
                target="/product-search?term=mug&limit=2",
                expect=Expect(status=200, listed={"sku": ("A", "B")}),
                save={"cursor": "json:next_cursor"},
            ),
            Step(target="/product-search?term=mug&limit=2&cursor=<cursor>", expect=Expect(status=200, listed={"sku": ("C",)})),
            get("/product-search?term=cup&limit=2&cursor=<cursor>", 400, "malformed-cursor"),
            Step(target="/product-search", expect=Expect(status=200, listed={"sku": ("A", "B", "C")})),
        ),
    ),
    Case(
        id="storefront.levels",
        law="The stock is added up for each status and currency of the own shop, most low products first.",
        steps=(
            _made(b'{"sku":"A","name":"A","price":{"amount":1,"currency":"EUR"},"stock":20}'),
            _made(b'{"sku":"B","name":"B","price":{"amount":1,"currency":"EUR"},"stock":3}'),
            _made(b'{"sku":"C","name":"C","price":{"amount":1,"currency":"USD"},"stock":10}'),
            _made(b'{"sku":"D","name":"D","price":{"amount":1,"currency":"EUR"},"stock":1}', key="b.key"),
            Step(
                target="/stock-levels",
                expect=Expect(
                    status=200,
                    listed={"currency": ("EUR", "USD"), "products": (2, 1), "low": (1, 0), "pieces": (23, 10), "first": ("A", "C")},
                ),
            ),
            Step(target="/stock-levels?below=11", expect=Expect(status=200, listed={"low": (1, 1), "pieces": (23, 10)})),
        ),
    ),
)
