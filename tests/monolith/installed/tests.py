"""What the monolith has of Kingpost, as its own team would test it; run in a copy of it by its own pytest. It knows the installed project."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from customers.models import Customer
from django.contrib.admin import site
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from orders.models import Quote
from staff.models import Branch, Employee

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.host import HostCall
from kingpost.adapters.runtime.calls import platform_context
from kingpost.kernel.driving import drive
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.tenancy import CreateTenant, IssuedTenant, create_tenant

HOST = "localhost"
"""A name among KINGPOST["HOSTS"]: the test client's own, ``testserver``, is among ALLOWED_HOSTS only."""
REFERENCE = "middleware_headers.toml"
"""The project's list of what its middleware makes of Kingpost's answers."""
LONG = {"sku": "OAK-1", "name": "Chair", "description": "An oak chair. " * 40, "price": {"amount": 18000, "currency": "EUR"}}
"""A product whose representation is worth compressing."""


def tenant(slug: str) -> IssuedTenant:
    """A tenant and its key."""

    async def made() -> IssuedTenant:
        async with platform_context(kernel(), write=True) as context:
            return await create_tenant(context, body=CreateTenant(slug=slug, name=slug.title()))

    return drive(made())


def calling(key: str, **headers: str) -> Client:
    """A test client with a key."""
    return Client(headers={"host": HOST, "authorization": f"Bearer {key}", **headers})


@pytest.fixture
def hotel(db: None) -> Customer:
    """A customer with an account of the API and an open work order."""
    oak = Branch.objects.create(code="OAK", name="Oak Street", city="Cork")
    nora = Employee.objects.create_superuser("nora", branch=oak)
    issued = tenant("pelikan")
    hotel = Customer.objects.create(number="C-1", name="Hotel Pelikan", kind="trade", tenant_id=issued.tenant.id)
    hotel.key = issued.key
    for customer in (hotel, Customer.objects.create(number="C-2", name="Somebody else")):
        quote = Quote.objects.create(customer=customer, branch=oak, author=nora, title="Chairs", valid_until=date(2099, 1, 1))
        quote.lines.create(description="Chair", unit_price=180)
        quote.accept(date(2026, 3, 2))
    return hotel


def product(client: Client) -> Any:
    """The answer to adding a product."""
    return client.post("/kingpost/products", LONG, content_type="application/json")


def test_the_api_answers_beside_the_old_pages(hotel: Customer) -> None:
    """Under its prefix, with its own 404, and the project keeps every other path."""
    client = calling(hotel.key)
    assert client.get("/kingpost/tenant").json()["slug"] == "pelikan"
    assert client.get("/kingpost/nowhere").json()["code"] == "not-found"
    assert client.get("/nowhere")["Content-Type"].startswith("text/html")
    assert client.get(reverse("login")).status_code == 200


def test_a_component_of_the_user_works(hotel: Customer) -> None:
    """Products are added, read and changed."""
    client = calling(hotel.key)
    made = product(client)
    assert made.status_code == 201
    read = client.get(made["Location"])
    changed = client.patch(made["Location"], {"name": "Stool"}, content_type="application/json", headers={"if-match": read["ETag"]})
    assert (read.json()["sku"], changed.json()["name"]) == ("OAK-1", "Stool")


def test_no_login_page_stands_before_the_api(db: None) -> None:
    """LoginRequiredMiddleware guards the project's pages; whoever lacks a key gets a problem document, browser or not."""
    answer = Client(headers={"host": HOST}).get("/kingpost/tenant")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert Client(headers={"host": HOST}).get("/kingpost/livez").status_code == 200


def test_a_session_opens_no_door_of_the_api(hotel: Customer) -> None:
    """Who is logged in is nobody to the API without a key, so no other site can use the session."""
    client = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    client.force_login(Employee.objects.get(username="nora"))
    assert client.get("/kingpost/tenant").status_code == 401
    assert product(client).status_code == 401


def test_a_key_sees_the_orders_of_its_own_customer(hotel: Customer) -> None:
    """The project's own view behind ``@requires``."""
    orders = calling(hotel.key).get(reverse("own-orders")).json()["orders"]
    assert [order["customer"] for order in orders] == ["Hotel Pelikan"]
    assert calling(tenant("nobody").key).get(reverse("own-orders")).json() == {"orders": []}
    refused = Client(headers={"host": HOST}).get(reverse("own-orders"))
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


def test_a_customer_has_a_tenant(hotel: Customer) -> None:
    """The foreign key is a real one, in both directions of the ORM."""
    assert Customer.objects.get(tenant__slug="pelikan").tenant.name == "Pelikan"


def test_the_admin_shows_the_tenant_of_a_customer(hotel: Customer) -> None:
    """On the customer's page, to be chosen, and on pages of its own, to be looked at."""
    client = Client(headers={"host": HOST})
    client.force_login(Employee.objects.get(username="nora"))
    assert hotel.tenant_id in client.get(reverse("admin:customers_customer_change", args=[hotel.pk])).content.decode()
    for model in site._registry:
        if model._meta.app_label.startswith("kingpost"):
            page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
            assert page.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_mounted_routes_are_out_of_atomic_requests() -> None:
    """Every view of the project is one transaction, by its setting; the kernel alone decides where a route of its own begins and commits one."""
    client = calling(tenant("pelikan").key)
    begun = []
    for path in ("/kingpost/products", "/kingpost/nowhere", reverse("own-orders")):
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        begun.append(any(query["sql"].startswith("BEGIN") for query in captured))
    assert begun == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_a_failed_view_takes_the_kernels_write_with_it(rf: Any) -> None:
    """What a use case wrote inside the project's transaction goes when it is rolled back, and stays when it commits."""
    call = HostCall(kernel, rf.get("/"))
    with transaction.atomic():
        issued = call.call(create_tenant, scope=PLATFORM, body=CreateTenant(slug="gone", name="Gone"))
        transaction.set_rollback(True)
    assert calling(issued.key).get("/kingpost/tenant").status_code == 401
    with transaction.atomic():
        issued = call.call(create_tenant, scope=PLATFORM, body=CreateTenant(slug="there", name="There"))
    assert calling(issued.key).get("/kingpost/tenant").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_tables_are_flushed_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """``flush``, with which every TransactionTestCase ends, empties a tenant's rows whichever table comes first, and the database stays ready."""
    names = connection.introspection.django_table_names
    for backwards in (False, True):
        tenant("pelikan")
        monkeypatch.setattr(connection.introspection, "django_table_names", lambda b=backwards, **kw: sorted(names(**kw), reverse=b))
        call_command("flush", interactive=False, verbosity=0)
        drive(kernel().storage.check())


# ---------------------------------------------------------------- what it costs


def test_a_view_that_does_not_use_kingpost_pays_no_query(hotel: Customer, settings: Any) -> None:
    """The same statements with and without its middleware."""
    client = Client()
    client.force_login(Employee.objects.get(username="nora"))
    statements = []
    for middleware in (settings.MIDDLEWARE, [name for name in settings.MIDDLEWARE if "kingpost" not in name]):
        settings.MIDDLEWARE = middleware
        client.get(reverse("board"))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("board"))
        statements.append([re.sub(r"'[^']*'|_x\d+|s\d+", "", query["sql"]) for query in captured])
    assert statements[0] == statements[1]
    assert not any("kingpost" in sql.replace("customers_customer", "") for sql in statements[0])


def test_a_caller_with_a_key_costs_no_session(hotel: Customer) -> None:
    """The login middleware looks for a session cookie, and there is none: the API asks its own tables only."""
    client = calling(hotel.key)
    client.get("/kingpost/products")
    with CaptureQueriesContext(connection) as captured:
        client.get("/kingpost/products")
    assert captured.captured_queries
    assert not [query["sql"] for query in captured if re.search("django_session|staff_employee", query["sql"])]


# ---------------------------------------------------------------- what the middleware makes of an answer


def exchanges(key: str, path: str, tag: str) -> Iterator[tuple[int, bytes, Mapping[str, str]]]:
    """Answers of every kind: read, made, conditional, empty, refused, unknown; for clients that take gzip and that do not."""
    for gzip in ("gzip", "identity"):
        client = calling(key, **{"accept-encoding": gzip, "request-id": "the-same-every-time"})
        nobody = Client(headers={"host": HOST, "accept-encoding": gzip, "request-id": "the-same-every-time"})
        for answer in (
            client.get(path),
            client.head(path),
            client.get(path, headers={"if-none-match": tag}),
            client.options(path),
            client.get("/kingpost/openapi.json"),
            client.get("/kingpost/livez"),
            client.get("/kingpost/nowhere"),
            client.put(path),
            client.post("/kingpost/products", "{", content_type="application/json"),
            client.patch(path, {"name": "Stool"}, content_type="application/json"),
            nobody.get("/kingpost/tenant"),
        ):
            yield answer.status_code, answer.content, {name.lower(): value for name, value in answer.items()}


def test_the_middleware_adds_what_the_reference_says(hotel: Customer, settings: Any, request: pytest.FixtureRequest) -> None:
    """Status and body are the kernel's; so are its headers, but for those that the list says the middleware changes."""
    listed = tomllib.loads((request.config.rootpath / REFERENCE).read_text())
    made = product(calling(hotel.key))
    hosted = list(exchanges(hotel.key, made["Location"], made["ETag"]))
    settings.MIDDLEWARE = []
    added, changed = set(), set()
    for (status, body, headers), (own_status, own_body, own) in zip(
        hosted, exchanges(hotel.key, made["Location"], made["ETag"]), strict=True
    ):
        assert status == own_status
        assert (body == own_body) is ("content-encoding" not in headers)
        assert own.keys() <= headers.keys()
        added |= headers.keys() - own.keys()
        changed |= {name for name in own if headers[name] != own[name]}
        assert headers["vary"].startswith(own["vary"])
    assert added == {name.lower() for name in listed["added"]}
    assert changed == {name.lower() for name in listed["changed"]}


def test_a_weakened_tag_is_taken_where_the_setting_says_so(hotel: Customer) -> None:
    """GZipMiddleware makes ``W/"x"`` of ``"x"``; a client sends back what it got."""
    client = calling(hotel.key, **{"accept-encoding": "gzip"})
    made = product(client)
    assert made["ETag"].startswith("W/")
    path, matching = made["Location"], {"if-match": made["ETag"]}
    assert client.patch(path, {"name": "Stool"}, content_type="application/json", headers=matching).status_code == 200
    assert client.patch(path, {"name": "Bench"}, content_type="application/json", headers=matching).status_code == 412


def test_an_empty_answer_has_no_content(hotel: Customer) -> None:
    """304 and 204 stay bare, though CommonMiddleware counts their nought bytes."""
    client = calling(hotel.key)
    made = product(client)
    unchanged = client.get(made["Location"], headers={"if-none-match": made["ETag"]})
    assert (unchanged.status_code, unchanged.content, unchanged["Content-Length"]) == (304, b"", "0")
    emptied = client.options(made["Location"])
    assert (emptied.status_code, emptied.content, emptied["Content-Length"]) == (204, b"", "0")
