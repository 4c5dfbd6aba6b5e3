"""Cases about the lists of the kit's own component: its filters, and the order of a price range."""

from typing import Final

from kingpost.conformance.cases.case import QUARTZ, Case, Expect, Step, post, specimen


def _posted(body: bytes, *, key: str = "empty.key") -> Step:
    return post("/specimens", body, 201, key=key)


def _listed(query: str, *labels: str) -> Step:
    """Of the empty tenant's specimens those that the query finds, in order."""
    return Step(target=f"/specimens?{query}", key="empty.key", expect=Expect(status=200, listed={"label": labels}))


def _found(query: str, *labels: str) -> Step:
    """The same where the order is that of creation, which rows of one millisecond have not."""
    return Step(target=f"/specimens?{query}", key="empty.key", expect=Expect(status=200, found={"label": labels}))


_ASSORTED: Final = (
    _posted(b'{"label":"Q","title":"x","status":"active","ready":true,"price":{"amount":300,"currency":"USD"}}'),
    _posted(b'{"label":"a","title":"x","status":"draft","ready":false,"price":{"amount":100,"currency":"USD"}}'),
    _posted(b'{"label":"B","title":"x","status":"archived","price":{"amount":200,"currency":"USD"}}'),
    _posted(b'{"label":"z","title":"x","status":"active","ready":true,"price":{"amount":200,"currency":"EUR"}}'),
    _posted(b'{"label":"E","title":"x","status":"active","price":{"amount":250,"currency":"USD"}}'),
)

CASES: Final = (
    Case(
        id="specimen.list.filters",
        law="Each filter finds its rows and no others.",
        steps=(
            *_ASSORTED,
            _found("", "Q", "a", "B", "z", "E"),
            _found("status=active", "Q", "z", "E"),
            _found("status=archived", "B"),
            _found("ready=true", "Q", "z"),
            _found("ready=false", "a", "B", "E"),
            _found("label=a", "a"),
            _found("label=A"),
        ),
    ),
    Case(
        id="specimen.list.price",
        law="A price range is inclusive, in the order of the price, within one currency and tenant.",
        steps=(
            *_ASSORTED,
            _listed("currency=USD", "a", "B", "E", "Q"),
            _listed("currency=USD&min_price=200", "B", "E", "Q"),
            _listed("currency=USD&max_price=200", "a", "B"),
            _listed("currency=USD&min_price=200&max_price=200", "B"),
            _listed("max_price=100&currency=USD&min_price=0", "a"),
            _listed("currency=USD&min_price=201&max_price=200"),
            _listed("currency=EUR", "z"),
            _listed("currency=JPY&min_price=0"),
        ),
    ),
    Case(
        id="specimen.list.pages-by-price",
        law="The pages of a price range follow each other in the order of the price.",
        steps=(
            *_ASSORTED,
            Step(
                target="/specimens?currency=USD&min_price=100&limit=2",
                key="empty.key",
                expect=Expect(status=200, listed={"label": ("a", "B")}),
                save={"link": "link:next"},
            ),
            Step(target="<link>", key="empty.key", expect=Expect(status=200, listed={"label": ("E", "Q")}, absent=("link",))),
        ),
    ),
    Case(
        id="specimen.create.again",
        law="Two creations are two rows with ids of their own; a list has them in the order of time.",
        steps=(
            Step(method="POST", target="/specimens", body=QUARTZ, key="empty.key", expect=Expect(status=201), save={"first": "json:id"}),
            Step(
                method="POST",
                target="/specimens",
                body=specimen("A-NEXT"),
                key="empty.key",
                advance=0.001,
                expect=Expect(status=201, without=("<first>",)),
            ),
            _listed("", "QUARTZ-1", "A-NEXT"),
        ),
    ),
)
