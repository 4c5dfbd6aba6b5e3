"""Sessions of a project, mirrored for a deployment beside it: when, what of them, and when they are forgotten. It knows users and the table's model."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as installed
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone

from kingpost.adapters.django_app import mirroring, refreshing
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.people import account_of
from kingpost.kernel.identity import Digester
from tests.adapters.django import project
from tests.adapters.django.test_people import MIDDLEWARE, anew, somebody
from tests.adapters.django.wares import tenant

pytestmark = pytest.mark.usefixtures("migrated")


def page(request: HttpRequest) -> HttpResponse:
    """A page of the project for whoever is logged in."""
    return HttpResponse(str(request.user))


def plain(_: HttpRequest) -> HttpResponse:
    """A page that asks for nobody."""
    return HttpResponse("plain")


def renamed(request: HttpRequest) -> HttpResponse:
    """Somebody changes their password, and stays logged in here."""
    request.user.password = "another-hash"
    request.user.save()
    update_session_auth_hash(request, request.user)
    return HttpResponse("changed")


def flushed(request: HttpRequest) -> HttpResponse:
    """The session ends without a logout."""
    request.session.flush()
    return HttpResponse("gone")


async def apage(request: HttpRequest) -> HttpResponse:
    """A page that awaits its user."""
    return HttpResponse(str(await request.auser()))


def broken(request: HttpRequest) -> HttpResponse:
    """A page that fails after it has looked who is there."""
    return HttpResponse(str(request.user), status=500)


urlpatterns = [
    path("page", page),
    path("plain", plain),
    path("password", renamed),
    path("flush", flushed),
    path("apage", apage),
    path("broken", broken),
]


@pytest.fixture(autouse=True)
def _mirroring(settings: Any) -> Iterator[None]:
    """The project mirrors its sessions; this process has seen none."""
    settings.MIDDLEWARE = MIDDLEWARE
    settings.ROOT_URLCONF = __name__
    said = {"PEOPLE": "host", "PERSON": "tests.adapters.django.test_people.by_last_name", "MIRROR_SESSIONS": True}
    settings.KINGPOST = {**project.SETTINGS["KINGPOST"], **said}
    mirroring.MIRROR.look_again()
    refreshing.connect()
    yield from anew()
    refreshing.disconnect()


@pytest.fixture
def clerk() -> Any:
    """Somebody of a tenant."""
    return somebody(last_name=tenant()[0], password="a-hash")


def logged_in(user: Any) -> Client:
    """A client with a session."""
    client = Client()
    client.force_login(user)
    return client


def key_of(client: Any) -> str:
    """The key of its session."""
    return str(client.cookies["sessionid"].value)


def kept(user: Any) -> list[Any]:
    """What is mirrored of a user."""
    return list(installed.get_model("kingpost_identity", "MirroredSession").objects.filter(account=account_of(user)))


def test_a_session_is_mirrored_when_its_user_is_seen(clerk: Any) -> None:
    """With what the person is, until the session ends; neither its key nor the password's hash is kept."""
    client = logged_in(clerk)
    client.get("/page")
    (row,) = kept(clerk)
    digester = Digester(keys=kernel_digests())
    assert bytes(row.digest) in digester.sessions(key_of(client))
    assert digester.is_password(account_of(clerk), clerk.password, bytes(row.password_digest))
    assert (row.side, row.tenant_id, row.permissions) == ("tenant", clerk.last_name, [])
    assert timedelta(days=13) < row.expires_at - timezone.now() < timedelta(days=15)


def kernel_digests() -> tuple[bytes, ...]:
    """The keys by which the kernel makes digests."""
    from kingpost.kernel.policy import keys

    return keys(kernel().policy.secrets).digests


def test_a_known_session_costs_no_query(clerk: Any) -> None:
    """A page pays what it pays without Kingpost; one that asks for nobody pays nothing and mirrors nothing."""
    client = logged_in(clerk)
    with CaptureQueriesContext(connection) as captured:
        client.get("/plain")
    assert not captured.captured_queries
    assert kept(clerk) == []
    client.get("/page")
    with CaptureQueriesContext(connection) as captured:
        client.get("/page")
    assert not [query["sql"] for query in captured if "kingpost" in query["sql"]]


def test_it_is_confirmed_again_after_a_minute(clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one row, of which the first day stays and the last confirmation moves on."""
    client = logged_in(clerk)
    client.get("/page")
    (before,) = kept(clerk)
    monkeypatch.setattr(mirroring, "SECONDS", 0.0)
    mirroring.MIRROR.look_again()
    client.get("/page")
    client.get("/page")
    (after,) = kept(clerk)
    assert (after.id, after.created_at) == (before.id, before.created_at)
    assert after.confirmed_at > before.confirmed_at


def test_a_logout_forgets_it(clerk: Any) -> None:
    """That of this session and no other."""
    first, second = logged_in(clerk), logged_in(clerk)
    first.get("/page")
    second.get("/page")
    assert len(kept(clerk)) == 2
    first.logout()
    (left,) = kept(clerk)
    assert bytes(left.digest) in Digester(keys=kernel_digests()).sessions(key_of(second))


def test_a_session_that_is_flushed_is_forgotten(clerk: Any) -> None:
    """Without a logout too."""
    client = logged_in(clerk)
    client.get("/page")
    client.get("/flush")
    assert kept(clerk) == []


def test_a_key_that_is_cycled_takes_the_place_of_the_old_one(clerk: Any) -> None:
    """With the password's new hash: whoever had the old key has nothing."""
    client = logged_in(clerk)
    client.get("/page")
    before = key_of(client)
    client.get("/password")
    (row,) = kept(clerk)
    digester = Digester(keys=kernel_digests())
    assert key_of(client) != before
    assert bytes(row.digest) in digester.sessions(key_of(client))
    assert digester.is_password(account_of(clerk), "another-hash", bytes(row.password_digest))


def test_a_session_is_not_mirrored_for_somebody_else(clerk: Any, rf: Any) -> None:
    """Where another middleware says who the user is (a header, somebody who looks through another's eyes), the session does not speak for them."""
    client = logged_in(clerk)
    request = client.get("/page").wsgi_request
    mirroring.MIRROR.look_again()
    assert mirroring.MIRROR.due(request) is not None
    request.user = somebody(is_staff=True)
    assert mirroring.MIRROR.due(request) is None
    bare = rf.get("/")
    bare.user = clerk
    assert mirroring.MIRROR.due(bare) is None


def test_whoever_is_nobody_to_the_kernel_is_not_mirrored() -> None:
    """And is not asked about at every request."""
    user = somebody()
    client = logged_in(user)
    client.get("/page")
    assert kept(user) == []
    with CaptureQueriesContext(connection) as captured:
        client.get("/page")
    assert not [query["sql"] for query in captured if "kingpost" in query["sql"]]


def test_what_changes_about_a_person_reaches_their_sessions(clerk: Any) -> None:
    """Saved, given a permission, put into a group, a group given a permission, a group taken away: after the commit, without a request."""
    logged_in(clerk).get("/page")
    permission = Permission.objects.get(codename="products:read")
    group = Group.objects.create(name=f"readers of {clerk}")

    def permissions() -> list[str]:
        return list(kept(clerk)[0].permissions)

    clerk.user_permissions.add(permission)
    assert permissions() == ["storefront.products:read"]
    clerk.user_permissions.clear()
    assert permissions() == []
    group.user_set.add(clerk)
    group.permissions.add(permission)
    assert permissions() == ["storefront.products:read"]
    group.user_set.clear()
    assert permissions() == []
    clerk.groups.add(group)
    assert permissions() == ["storefront.products:read"]
    group.permissions.clear()
    assert permissions() == []
    permission.group_set.add(group)
    assert permissions() == ["storefront.products:read"]
    group.delete()
    assert permissions() == []
    clerk.last_name = tenant()[0]
    clerk.save()
    assert kept(clerk)[0].tenant_id == clerk.last_name


def test_what_is_rolled_back_changes_nobody(clerk: Any) -> None:
    """Sessions are looked at after the commit alone."""
    logged_in(clerk).get("/page")
    with transaction.atomic():
        clerk.user_permissions.add(Permission.objects.get(codename="products:read"))
        transaction.set_rollback(True)
    assert kept(clerk)[0].permissions == []


def test_an_account_that_goes_takes_its_sessions_along(clerk: Any) -> None:
    """Deactivated or deleted."""
    logged_in(clerk).get("/page")
    clerk.is_active = False
    clerk.save()
    assert kept(clerk) == []
    clerk.is_active = True
    clerk.save()
    logged_in(clerk).get("/page")
    assert len(kept(clerk)) == 1
    account = installed.get_model("kingpost_identity", "MirroredSession").objects.filter(account=account_of(clerk))
    get_user_model().objects.filter(pk=clerk.pk).delete()
    assert not account.exists()


def test_a_login_alone_looks_at_nobody_again(clerk: Any) -> None:
    """Django saves ``last_login`` each time, which changes nobody."""
    with CaptureQueriesContext(connection) as captured:
        clerk.last_login = timezone.now()
        clerk.save(update_fields=["last_login"])
    assert len(captured.captured_queries) == 1


def test_a_project_may_say_that_somebody_has_changed(clerk: Any) -> None:
    """For facts of its own that its function looks at and no signal tells."""
    logged_in(clerk).get("/page")
    other = tenant()[0]
    get_user_model().objects.filter(pk=clerk.pk).update(last_name=other)
    assert kept(clerk)[0].tenant_id != other
    refreshing.refresh(clerk)
    assert kept(clerk)[0].tenant_id == other


def test_what_goes_wrong_hurts_no_page(clerk: Any, settings: Any) -> None:
    """A project's function that fails is logged, and the page is there; it is tried again with the next request."""
    settings.KINGPOST = {**settings.KINGPOST, "PERSON": "tests.adapters.django.test_people.wrong"}
    client = logged_in(clerk)
    assert client.get("/page").status_code == 200
    assert kept(clerk) == []
    settings.KINGPOST = {**settings.KINGPOST, "PERSON": "tests.adapters.django.test_people.by_last_name"}
    assert client.get("/page").status_code == 200
    assert len(kept(clerk)) == 1
    assert logged_in(clerk).get("/broken").status_code == 500


def test_pages_that_await_are_mirrored_too(clerk: Any) -> None:
    """Under ASGI, by ``request.auser()``."""

    async def ask() -> None:
        client = AsyncClient()
        await client.aforce_login(clerk)
        assert (await client.get("/apage")).status_code == 200

    asyncio.run(ask())
    assert len(kept(clerk)) == 1


def test_a_cookie_that_is_no_session_costs_no_more(clerk: Any) -> None:
    """Whoever sends garbage makes Kingpost ask nothing."""
    client = Client()
    client.cookies["sessionid"] = "x" * 32
    with CaptureQueriesContext(connection) as captured:
        client.get("/page")
    assert not [query["sql"] for query in captured if "kingpost" in query["sql"]]
