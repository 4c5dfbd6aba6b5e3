"""Actions of the admin: they call use cases, row by row, for those who may. It knows the admin's pages."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.adapters.django.wares import calling, platform_key, tenant

pytestmark = pytest.mark.usefixtures("migrated")
TENANTS = "/admin/kingpost_tenancy/tenant/"
KEYS = "/admin/kingpost_tenancy/accesskey/"


@pytest.fixture(autouse=True)
def _sessions(settings: Any) -> None:
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]


def signed_in(name: str, *codenames: str) -> Client:
    """A browser of a member of the staff with these permissions."""
    user = User.objects.create_user(name, password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="kingpost_tenancy", codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, place: str, action: str, *keys: str) -> str:
    """Choose rows and an action, as the page does; what the page says then."""
    answer = client.post(place, {"action": action, "_selected_action": keys}, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def test_an_action_calls_the_use_case() -> None:
    """A suspended tenant is refused at once; resumed, it goes on; each row counts for itself."""
    (first, _, key), (second, _, _) = tenant(), tenant()
    staff = signed_in("operator", "view_tenant", "change_tenant")
    assert act(staff, TENANTS, "suspend", first) == "1 changed."
    assert calling(key).get("/api/tenant").status_code == 403
    said = act(staff, TENANTS, "suspend", first, second)
    assert "1 changed." in said
    assert first in said
    assert act(staff, TENANTS, "resume", first, second) == "2 changed."
    assert calling(key).get("/api/tenant").status_code == 200
    assert act(staff, TENANTS, "close", first) == "1 changed."
    assert act(staff, TENANTS, "reopen", first) == "1 changed."


def test_who_may_only_look_has_no_action() -> None:
    """Without the permission to change, the page offers nothing and does nothing."""
    id_, _, key = tenant()
    onlooker = signed_in("onlooker", "view_tenant")
    assert b'value="suspend"' not in onlooker.get(TENANTS).content
    act(onlooker, TENANTS, "suspend", id_)
    assert calling(key).get("/api/tenant").status_code == 200


def test_a_leaked_key_is_ended() -> None:
    """Revoked in the admin, it is refused by the API."""
    from django.apps import apps

    id_, _, key = tenant()
    row = apps.get_model("kingpost_tenancy", "AccessKey").objects.get(tenant_id=id_)
    staff = signed_in("guard", "view_accesskey", "change_accesskey")
    assert act(staff, KEYS, "revoke", row.pk) == "1 changed."
    assert calling(key).get("/api/tenant").status_code == 401
    assert calling(platform_key()).get(f"/api/platform/tenants/{id_}").status_code == 200
