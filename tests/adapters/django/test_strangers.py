"""Settings and middleware of projects that nobody here has seen: each leaves the API as it is. It knows Django's settings and no store."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core.checks import run_checks
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from kingpost.adapters.django_app import checks
from kingpost.adapters.django_app.places import prefix_of
from tests.adapters.django.wares import MUG, calling, tenant

pytestmark = pytest.mark.usefixtures("migrated")
KINGPOST = "kingpost.adapters.django_app.middleware.KingpostMiddleware"
STOCK = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]


def round_trip(client: Client, mount: str = "/api") -> dict[str, Any]:
    """Make, read, change, list: what comes back of the product."""
    made = client.post(f"{mount}/products", MUG, content_type="application/json")
    assert made.status_code == 201, made.content
    read = client.get(made["location"])
    changed = client.patch(made["location"], {"name": "New"}, content_type="application/json", headers={"if-match": read["etag"]})
    assert changed.status_code == 200, changed.content
    (listed,) = client.get(f"{mount}/products").json()["items"]
    assert listed == changed.json()
    found: dict[str, Any] = listed
    return found


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_a_project_without_time_zones_keeps_instants(settings: Any, zone: str) -> None:
    """With USE_TZ off in any zone the API says the same instant before and after it is switched on."""
    settings.USE_TZ, settings.TIME_ZONE = False, zone
    client = calling(tenant()[2])
    made = round_trip(client)
    settings.USE_TZ, settings.TIME_ZONE = True, "UTC"
    assert client.get("/api/products").json()["items"] == [made]


@pytest.mark.parametrize("place", range(len(STOCK) + 1))
def test_the_middleware_may_stand_anywhere(settings: Any, place: int) -> None:
    """A guarded view and a kernel error are answered alike wherever it stands among the project's own."""
    settings.MIDDLEWARE = [*STOCK[:place], KINGPOST, *STOCK[place:]]
    assert calling(tenant()[2]).get("/host/guarded").json() == {"done": True}
    assert Client().get("/host/guarded").json()["code"] == "unauthenticated"
    assert Client().get("/host/broken").status_code == 409


class Localised:
    """A URLconf that mounts Kingpost beside localised pages."""

    urlpatterns = [
        path("api/", include("kingpost.adapters.django_app.urls")),
        *i18n_patterns(path("", lambda request: HttpResponse("page")), prefix_default_language=True),
    ]


class UnderALanguage:
    """A URLconf that mounts Kingpost among the localised pages."""

    urlpatterns = [*i18n_patterns(path("api/", include("kingpost.adapters.django_app.urls")))]


def test_localised_pages_stand_beside(settings: Any) -> None:
    """LocaleMiddleware redirects what is not found to a language, and nothing of Kingpost's, its 404 neither."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = Localised, STOCK
    prefix_of.cache_clear()
    client = calling(tenant()[2], follow=False)
    round_trip(client)
    missing = client.get("/api/nothing", headers={"accept-language": "de"})
    assert (missing.status_code, missing["content-type"]) == (404, "application/problem+json")
    assert Client().get("/", headers={"accept-language": "de"})["location"] == "/de/"


def test_under_a_language_is_told(settings: Any) -> None:
    """The mount would move with the language of the reader."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = UnderALanguage, STOCK
    prefix_of.cache_clear()
    found = {message.id: str(message.hint) for message in run_checks(tags=[checks.TAG])}
    assert "language" in found["kingpost.E007"]


def test_a_forced_script_name_is_in_every_link(settings: Any) -> None:
    """A project behind a proxy that takes a prefix off says so with FORCE_SCRIPT_NAME; Location and Link lead back through the proxy."""
    settings.FORCE_SCRIPT_NAME = "/shop"
    client = calling(tenant()[2])
    made = client.post("/api/products", MUG, content_type="application/json")
    assert (made.status_code, made["location"].startswith("/shop/api/products/")) == (201, True)


def reading(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that looks at bodies, as debug toolbars and request logs do."""

    def middleware(request: HttpRequest) -> HttpResponse:
        seen = request.body
        response = get_response(request)
        assert request.body == seen
        return response

    return middleware


def parsing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that looks at form fields of every request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.POST.get("next")
        return get_response(request)

    return middleware


@pytest.mark.parametrize("name", ["reading", "parsing"])
@pytest.mark.parametrize("behind", [True, False])
def test_a_middleware_that_reads_bodies_takes_nothing_away(settings: Any, name: str, behind: bool) -> None:
    """Before and behind Kingpost's own."""
    own = f"{__name__}.{name}"
    settings.MIDDLEWARE = [*STOCK, KINGPOST, own] if behind else [own, *STOCK, KINGPOST]
    assert round_trip(calling(tenant()[2]))["name"] == "New"


@pytest.mark.parametrize("append", [True, False])
def test_a_slash_is_never_appended(settings: Any, append: bool) -> None:
    """APPEND_SLASH is for the project's pages: under the mount a path is what it is."""
    settings.MIDDLEWARE, settings.APPEND_SLASH = STOCK, append
    client = calling(tenant()[2])
    for target in ("/api/nothing", "/api/tenant/", "/api/products/prd_nothing/"):
        assert client.get(target).status_code == 404


@pytest.mark.parametrize("field", ["AutoField", "BigAutoField", "SmallAutoField"])
def test_no_migration_is_made_for_another_auto_field(settings: Any, field: str) -> None:
    """Every key of Kingpost's models is declared, so DEFAULT_AUTO_FIELD changes none of them."""
    settings.DEFAULT_AUTO_FIELD = f"django.db.models.{field}"
    call_command("makemigrations", "kingpost", "kingpost_tenancy", "kingpost_storefront", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_the_rows_go_through_a_fixture(tmp_path: Any) -> None:
    """``dumpdata`` and ``loaddata``: the key opens, and the product is what it was, to the millisecond that Django's JSON keeps."""
    _, _, key = tenant()
    client = calling(key)
    before = round_trip(client)
    file = tmp_path / "rows.json"
    call_command("dumpdata", "kingpost_tenancy", "kingpost_storefront", output=str(file), verbosity=0)
    rows = json.loads(file.read_text())
    assert {row["model"] for row in rows} >= {"kingpost_tenancy.tenant", "kingpost_tenancy.accesskey", "kingpost_storefront.product"}
    call_command("loaddata", str(file), verbosity=0)
    (after,) = client.get("/api/products").json()["items"]
    assert {name: value[:23] if name.endswith("_at") else value for name, value in after.items()} == {
        name: value[:23] if name.endswith("_at") else value for name, value in before.items()
    }
