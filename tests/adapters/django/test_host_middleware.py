"""What a host's middleware may add to the kernel's answers, and what it may not change (RULES 15). It knows Django's stock middleware."""

from typing import Any

import pytest
from django.test import Client

from tests.adapters.django.wares import MUG, calling, tenant

pytestmark = pytest.mark.usefixtures("migrated")

STOCK = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What ``startproject`` writes."""
MORE = [
    *STOCK,
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "kingpost.adapters.django_app.middleware.KingpostMiddleware",
]

ADDED = {
    "STOCK": {"cross-origin-opener-policy", "content-length"},
    "MORE": {"cross-origin-opener-policy", "content-length", "content-language", "etag"},
}
"""Every header that they add anywhere; Content-Length is CommonMiddleware's, on a 204 (whose length is nobody else's business)."""

ASKED = [
    ("GET", "/api/livez", None),
    ("GET", "/api/tenant", None),
    ("HEAD", "/api/tenant", None),
    ("OPTIONS", "/api/products", None),
    ("GET", "/api/products", None),
    ("POST", "/api/products", {**MUG, "sku": ""}),
    ("POST", "/api/products", b"{"),
    ("DELETE", "/api/products", None),
    ("GET", "/api/products/", None),
    ("GET", "/api/nothing", None),
    ("POST", "/api/nothing", {}),
    ("GET", "/api//tenant", None),
    ("GET", "/api/openapi.json", None),
    ("GET", "/api/problems/not-found", None),
]


def asked(client: Client, method: str, target: str, body: Any) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers, but for those that differ from request to request."""
    kind = {} if body is None else {"data": body, "content_type": "application/json"}
    answer = getattr(client, method.lower())(target, headers={"request-id": "same", "accept": "*/*"}, **kind)
    return answer.status_code, answer.content, {name.lower(): value for name, value in answer.items()}


@pytest.mark.parametrize("name", ["STOCK", "MORE"])
@pytest.mark.parametrize(("method", "target", "body"), ASKED, ids=[f"{method} {target}" for method, target, _ in ASKED])
def test_the_hosts_middleware_only_adds(settings: Any, name: str, method: str, target: str, body: Any) -> None:
    """Status, body and every header that the kernel set are the same with and without it; what it adds is the written list."""
    _, _, key = tenant()
    status, content, headers = asked(calling(key), method, target, body)
    settings.MIDDLEWARE = {"STOCK": STOCK, "MORE": MORE}[name]
    status_in_host, content_in_host, headers_in_host = asked(calling(key, enforce_csrf_checks=True), method, target, body)
    assert (status_in_host, content_in_host) == (status, content)
    varied = headers_in_host.get("vary", "")
    assert varied.startswith(headers["vary"])
    assert {name: headers_in_host[name] for name in headers if name != "vary"} == {
        name: value for name, value in headers.items() if name != "vary"
    }
    assert set(headers_in_host) - set(headers) <= ADDED[name]


def test_the_path_without_its_last_slash_is_the_hosts(settings: Any) -> None:
    """``/api`` lies outside the mount ``/api/``: there the host's own CommonMiddleware decides."""
    settings.MIDDLEWARE = STOCK
    answer = Client().get("/api")
    assert (answer.status_code, answer["location"]) == (301, "/api/")


@pytest.mark.parametrize("debug", [True, False])
def test_debug_shows_nothing_of_the_inside(settings: Any, debug: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With DEBUG on the kernel's 500 and 404 are the same problem documents."""
    from kingpost.adapters.django_app.apps import kernel
    from kingpost.adapters.sql import SqlStorage

    _, _, key = tenant()
    settings.DEBUG = debug

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the inside")

    client = calling(key, raise_request_exception=False)
    missing = client.get("/api/nothing")
    assert (missing.status_code, missing["content-type"], missing.json()["code"]) == (404, "application/problem+json", "not-found")
    assert isinstance(kernel().storage, SqlStorage)
    monkeypatch.setattr(SqlStorage, "session", broken)
    failed = client.get("/api/tenant")
    assert (failed.status_code, failed["content-type"], failed.json()["code"]) == (500, "application/problem+json", "internal-error")
    assert b"inside" not in failed.content


def test_probes_and_documents_move_with_the_prefix() -> None:
    """Under the mount everything is there, outside nothing is."""
    for place in ("livez", "readyz", "metrics", "openapi.json", "docs", "problems/not-found"):
        assert Client().get(f"/api/{place}", headers={"accept": "*/*"}).status_code == 200
        assert Client().get(f"/{place}").status_code == 404


def test_the_next_page_is_under_the_prefix() -> None:
    """``Link`` carries the mount and leads on (RFC 8288)."""
    client = calling(tenant()[2])
    for number in range(3):
        assert client.post("/api/products", {**MUG, "sku": f"S-{number}"}, content_type="application/json").status_code == 201
    first = client.get("/api/products?limit=2")
    target, _, relation = first["link"].partition("; ")
    assert relation == 'rel="next"'
    assert target.startswith("</api/products?limit=2&cursor=")
    assert [item["sku"] for item in client.get(target.strip("<>")).json()["items"]] == ["S-2"]
