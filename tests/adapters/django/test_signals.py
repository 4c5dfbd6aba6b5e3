"""The signal about tenants: sent after the commit, by every way of making a change, never for what was rolled back. It knows one receiver."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from kingpost.adapters.django_app.signals import tenant_changed
from kingpost.kernel.tenancy import Tenant
from tests.adapters.django.wares import calling, platform_key, tenant

pytestmark = pytest.mark.usefixtures("migrated")


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str]]]:
    """What a receiver of the host has heard."""
    found: list[tuple[str, str]] = []

    def hear(sender: type[Tenant], change: str, tenant: Tenant, **_: Any) -> None:
        found.append((change, tenant.status))

    tenant_changed.connect(hear)
    yield found
    tenant_changed.disconnect(hear)


def test_every_change_is_told_once(heard: list[tuple[str, str]]) -> None:
    """Creation, change and each move, with the tenant as it was committed."""
    id_, _, _ = tenant()
    client, place = calling(platform_key()), f"/api/platform/tenants/{id_}"
    for action in ("suspend", "resume", "close", "reopen"):
        etag = client.get(place).headers["etag"]
        body = "{}" if action in ("suspend", "close") else ""
        moved = client.post(f"{place}/{action}", body, content_type="application/json", headers={"if-match": etag})
        assert moved.status_code == 200
    etag = client.get(place).headers["etag"]
    assert client.patch(place, {"plan": "gold"}, content_type="application/json", headers={"if-match": etag}).status_code == 200
    assert heard == [
        ("created", "active"),
        ("suspended", "suspended"),
        ("resumed", "active"),
        ("closed", "closed"),
        ("reopened", "active"),
        ("updated", "active"),
    ]


def test_a_refused_change_is_not_told(heard: list[tuple[str, str]]) -> None:
    """A conflict leaves nothing behind."""
    assert calling(platform_key()).post("/api/platform/tenants", {"slug": "admin"}, content_type="application/json").status_code == 422
    assert heard == []


def test_a_rollback_of_the_host_is_silent(heard: list[tuple[str, str]]) -> None:
    """Inside a transaction of the host the signal waits for its commit."""
    with transaction.atomic():
        tenant()
        transaction.set_rollback(True)
    assert heard == []
    with transaction.atomic():
        tenant()
        assert heard == []
    assert heard == [("created", "active")]


def test_a_receiver_that_raises_harms_nobody(heard: list[tuple[str, str]]) -> None:
    """The change stands and the other receivers hear it."""

    def stumble(**_: Any) -> None:
        raise RuntimeError

    tenant_changed.connect(stumble)
    try:
        id_, _, _ = tenant()
    finally:
        tenant_changed.disconnect(stumble)
    assert heard == [("created", "active")]
    assert calling(platform_key()).get(f"/api/platform/tenants/{id_}").status_code == 200
