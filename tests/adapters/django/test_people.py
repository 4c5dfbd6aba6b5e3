"""The project's own people call the API by their session: who they are to the kernel, what proves a change, and what they may. It knows users."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps as installed
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models.signals import post_migrate
from django.http import HttpResponse
from django.middleware.csrf import _mask_cipher_secret, get_token
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from kingpost.adapters.django_app import checks
from kingpost.adapters.django_app.apps import components
from kingpost.adapters.django_app.people import account_of, asked, kernel_permissions, of_platform, of_tenant, person_of
from kingpost.kernel.csrf import same_secret
from kingpost.kernel.wire import Person
from tests.adapters.django import project
from tests.adapters.django.wares import MUG, calling, tenant

pytestmark = pytest.mark.usefixtures("migrated")

MIDDLEWARE = [
    "kingpost.adapters.django_app.middleware.KingpostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
PASSWORD = "pbkdf2 would take too long"
_numbers = itertools.count(1)


def by_last_name(user: Any) -> Person | None:
    """A project's own function: the last name is the tenant's id; who has none is of the platform if they are staff."""
    if user.last_name:
        return of_tenant(user, tenant_id=user.last_name, permissions=kernel_permissions(user))
    return of_platform(user, permissions=kernel_permissions(user)) if user.is_staff else None


def somebody(**facts: Any) -> Any:
    """A user of the project."""
    return get_user_model().objects.create(username=f"user-{next(_numbers)}", **facts)


def wrong(_: Any) -> str:
    """No Person."""
    return "root"


@pytest.fixture(autouse=True)
def _people(settings: Any) -> Iterator[None]:
    """The project keeps the people, and says who they are by its own function."""
    settings.MIDDLEWARE = MIDDLEWARE
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "office", "proof"
    settings.KINGPOST = {**project.SETTINGS["KINGPOST"], "PEOPLE": "host", "PERSON": f"{__name__}.by_last_name"}
    yield from anew()


def anew() -> Iterator[None]:
    """A kernel of the settings as they are now, and afterwards that of before."""
    before = forgotten()
    yield
    forgotten()
    installed.get_app_config("kingpost").__dict__.update(before)


def forgotten() -> dict[str, Any]:
    """What the process keeps of its settings, which it makes again when it is asked for."""
    kept = installed.get_app_config("kingpost").__dict__
    return {name: kept.pop(name) for name in ("kernel", "keeps_people") if name in kept}


class Browser(Client):
    """A client of somebody who is logged in, which sends what the front end of a Django project sends."""

    def __init__(self, user: Any) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.force_login(user)
        self.token = "x" * 32
        self.cookies["proof"] = self.token

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """With the token, unless the headers say otherwise."""
        sent = {"x-csrftoken": self.token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        body = {} if data is None else {"data": data, "content_type": "application/json"}
        return getattr(self, method.lower())(path, headers=sent, **body)


@pytest.fixture
def clerk() -> Any:
    """Somebody of a tenant who may do everything with products."""
    user = somebody(last_name=tenant()[0])
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=("kingpost_storefront", "kingpost_tenancy")))
    return user


def test_a_session_calls_the_api(clerk: Any) -> None:
    """For reading it is enough; a change needs the token, and is another site's without it."""
    browser = Browser(clerk)
    assert browser.get("/api/tenant").json()["id"] == clerk.last_name
    refused = browser.post("/api/products", MUG, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf-failed")
    assert "X-CSRFToken" in refused.json()["detail"]
    assert "proof" in refused.json()["detail"]
    assert browser.send("POST", "/api/products", MUG).status_code == 201
    assert browser.send("POST", "/api/products", MUG, origin="http://testserver").status_code == 409
    assert browser.send("POST", "/api/products", MUG, origin="http://evil.example").json()["params"] == {"reason": "origin"}
    assert browser.send("POST", "/api/products", MUG, sec_fetch_site="cross-site").json()["params"] == {"reason": "site"}


def test_a_proxy_that_decrypts_is_believed_as_django_believes_it(clerk: Any, settings: Any) -> None:
    """The origin is that of the page behind the proxy, by SECURE_PROXY_SSL_HEADER; and what CSRF_TRUSTED_ORIGINS lists is trusted."""
    browser = Browser(clerk)
    assert browser.send("POST", "/api/products", MUG, origin="https://testserver").status_code == 403
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert browser.send("POST", "/api/products", MUG, origin="https://testserver").status_code == 403
    assert browser.send("POST", "/api/products", MUG, origin="https://testserver", x_forwarded_proto="https").status_code == 201


def test_trusted_origins_are_those_of_the_project(clerk: Any, settings: Any) -> None:
    """Django's own list holds for the API too."""
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.shop.example"]
    forgotten()
    answer = Browser(clerk).send("POST", "/api/products", MUG, origin="https://till.shop.example")
    assert answer.status_code == 201


def test_an_account_that_is_deactivated_is_nobody_at_once(clerk: Any) -> None:
    """By a bulk update too, which sends no signal; deleted, too."""
    browser = Browser(clerk)
    users = get_user_model().objects.filter(pk=clerk.pk)
    for change, status in ((lambda: users.update(is_active=False), 401), (lambda: users.update(is_active=True), 200), (users.delete, 401)):
        change()
        assert browser.get("/api/tenant").status_code == status


def test_whoever_is_logged_in_by_whatever_middleware_counts(clerk: Any, rf: RequestFactory) -> None:
    """``request.user`` is all that is asked, and no session is needed."""
    request = rf.get("/")
    tell = asked(request)
    assert tell is not None
    assert tell() is None
    for user, account in ((AnonymousUser(), None), (clerk, str(clerk.pk))):
        request.user = user
        person = tell()
        assert (person and person.account) == account
    clerk.is_active = False
    assert tell() is None


def test_a_key_wins_over_the_session_and_never_asks_for_it(clerk: Any) -> None:
    """Beside a bearer credential neither session nor user is looked up, though a cookie is sent."""
    other, _, key = tenant()
    browser = Browser(clerk)
    browser.get("/api/tenant")
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/api/tenant", headers={"authorization": f"Bearer {key}"}).json()["id"] == other
        assert browser.get("/api/openapi.json").status_code == 200
    assert not [query["sql"] for query in captured if "django_session" in query["sql"] or "auth_user" in query["sql"]]


def test_a_session_cookie_that_was_planted_is_refused(clerk: Any) -> None:
    """Django would take the last of two; the kernel takes none."""
    browser = Browser(clerk)
    both = f"office=evil; office={browser.cookies['office'].value}"
    browser.cookies.clear()
    answer = browser.get("/api/tenant", headers={"cookie": both})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-header")


def test_nobody_is_no_tenant(clerk: Any) -> None:
    """Somebody of a tenant that is not there, and somebody of none, are nobody; a tenant's person is nobody on the platform."""
    assert Browser(somebody()).get("/api/tenant").status_code == 401
    assert Browser(somebody(last_name="ten_01h455vb4pex5vsknk084sn02q")).get("/api/tenant").status_code == 401
    assert Browser(clerk).get("/api/platform/tenants").json()["code"] == "platform-only"


def test_a_view_of_the_project_is_guarded_for_them_too(clerk: Any) -> None:
    """``request.kingpost.caller`` and ``@requires``; the proof of a change is Django's own, or the kernel's where the view opts out of it."""
    browser = Browser(clerk)
    assert browser.get("/host/whoami").json()["side"] == "tenant"
    assert browser.get("/host/guarded").json() == {"done": True}
    assert browser.post("/host/guarded").status_code == 403
    assert browser.send("POST", "/host/guarded").json() == {"done": True}
    assert browser.post("/host/open").json()["code"] == "csrf-failed"
    assert browser.send("POST", "/host/open").json() == {"done": True}
    assert calling(tenant()[2], enforce_csrf_checks=True).post("/host/open").json() == {"done": True}
    assert Browser(somebody()).get("/host/guarded").status_code == 401
    assert Browser(somebody(last_name=tenant()[0])).get("/host/guarded").json()["code"] == "permission-missing"


def test_by_default_superusers_are_the_platform(settings: Any) -> None:
    """With all that it may; nobody else is anybody."""
    settings.KINGPOST = {name: value for name, value in settings.KINGPOST.items() if name != "PERSON"}
    root = Browser(somebody(is_superuser=True))
    assert root.send("POST", "/api/platform/tenants", {"slug": f"made-{next(_numbers)}", "name": "Made"}).status_code == 201
    assert Browser(somebody(is_staff=True)).get("/api/platform/tenants").status_code == 401


def test_a_function_that_gives_no_person_is_told(settings: Any, clerk: Any) -> None:
    """Nobody is let in by a mistake of the project."""
    settings.KINGPOST = {**settings.KINGPOST, "PERSON": f"{__name__}.wrong"}
    with pytest.raises(ImproperlyConfigured, match="gave str"):
        person_of(clerk)


# ---------------------------------------------------------------- permissions


def test_the_kernels_permissions_are_djangos() -> None:
    """One row for each, with the sentence for an administrator, under the app of its component."""
    for component in components():
        rows = dict(
            Permission.objects.filter(content_type__app_label=f"kingpost_{component.name}", codename__contains=":").values_list(
                "codename", "name"
            )
        )
        assert rows == {each.name.removeprefix(f"{component.name}."): each.meaning for each in component.permissions}


def test_writing_them_again_changes_nothing_and_takes_back_what_nobody_brings() -> None:
    """After every ``migrate``."""
    of_products = Permission.objects.filter(content_type__app_label="kingpost_storefront")
    kept = set(of_products.values_list("pk", flat=True))
    gone = Permission.objects.create(codename="nothing:do", name="Gone", content_type=of_products[0].content_type)
    for config in (installed.get_app_config("kingpost_storefront"), installed.get_app_config("kingpost")):
        post_migrate.send(config, app_config=config, verbosity=0, interactive=False, using="default", plan=[], apps=installed)
    assert set(of_products.values_list("pk", flat=True)) == kept
    assert not Permission.objects.filter(pk=gone.pk).exists()


def test_a_group_gives_them(clerk: Any) -> None:
    """By the group, by the user, all of them for a superuser, none for an account that is not active."""
    group = Group.objects.create(name=f"group-{next(_numbers)}")
    group.permissions.add(Permission.objects.get(codename="products:read"))
    user = somebody()
    user.groups.add(group)
    assert kernel_permissions(user) == {"storefront.products:read"}
    assert kernel_permissions(somebody(is_superuser=True)) == {each.name for one in components() for each in one.permissions}
    assert kernel_permissions(AnonymousUser()) == frozenset()
    assert "storefront.products:write" in kernel_permissions(clerk)
    user.is_active = False
    assert kernel_permissions(get_user_model()(is_active=False, is_superuser=False)) == frozenset()


def test_an_account_is_called_as_the_database_calls_it(clerk: Any) -> None:
    """A number as its digits."""
    assert account_of(clerk) == str(clerk.pk)


# ---------------------------------------------------------------- the token, held against Django's own


def test_the_token_is_djangos(rf: RequestFactory) -> None:
    """Whatever Django gives a page, masked anew each time, holds the secret that it keeps in the cookie."""
    request = rf.get("/")
    first, second = get_token(request), get_token(request)
    secret = request.META["CSRF_COOKIE"]
    assert first != second
    for token in (first, second, secret, _mask_cipher_secret(secret)):
        assert same_secret(secret, token)
        assert same_secret(_mask_cipher_secret(secret), token)
    assert not same_secret(secret, get_token(rf.get("/")))


# ---------------------------------------------------------------- mistakes


def told() -> dict[str, str]:
    """What the checks say, by id."""
    return {message.id or "": f"{message.msg} {message.hint}" for message in run_checks(tags=[checks.TAG])}


def test_a_project_that_keeps_its_people_is_sound(settings: Any) -> None:
    """Nothing to say, with and without mirrored sessions."""
    assert told() == {}
    settings.KINGPOST = {**settings.KINGPOST, "MIRROR_SESSIONS": True}
    assert told() == {}


@pytest.mark.parametrize(
    ("said", "more", "id_", "words"),
    [
        ({"PERSON": "tests.nowhere.person"}, {}, "kingpost.E011", "cannot be imported"),
        ({"PERSON": "tests.adapters.django.project.SECRET"}, {}, "kingpost.E011", "no function"),
        ({"PERSON": "person"}, {}, "kingpost.E011", "dotted path"),
        ({}, {"MIDDLEWARE": MIDDLEWARE[:3]}, "kingpost.W010", "AuthenticationMiddleware"),
        ({}, {"CSRF_USE_SESSIONS": True}, "kingpost.E014", "CSRF_USE_SESSIONS = False"),
        ({"MIRROR_SESSIONS": True}, {"MIDDLEWARE": MIDDLEWARE[1:]}, "kingpost.E012", "KingpostMiddleware"),
        ({"MIRROR_SESSIONS": True}, {"MIDDLEWARE": [MIDDLEWARE[0], *MIDDLEWARE[3:]]}, "kingpost.E012", "SessionMiddleware"),
        ({"MIRROR_SESSIONS": True}, {"MIDDLEWARE": [*MIDDLEWARE[1:], MIDDLEWARE[0]]}, "kingpost.E013", "in this order"),
        (
            {"MIRROR_SESSIONS": True},
            {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"},
            "kingpost.E014",
            "sessions.backends.db",
        ),
        ({"MIRROR_SESSIONS": "yes"}, {}, "kingpost.E003", "True or False"),
        ({"PEOPLE": "kernel"}, {}, "kingpost.E003", "must be one of: host"),
        ({"HOST_ACCOUNTS": "auth_user"}, {}, "kingpost.E003", "no effect inside Django"),
    ],
)
def test_a_mistake_is_told_with_its_mend(settings: Any, said: dict[str, Any], more: dict[str, Any], id_: str, words: str) -> None:
    """One message for each, with what to write instead."""
    settings.KINGPOST = {**settings.KINGPOST, **said}
    for name, value in more.items():
        setattr(settings, name, value)
    found = told()
    assert id_ in found
    assert words in found[id_]


def test_the_component_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it nobody could be let in."""
    monkeypatch.setattr("kingpost.adapters.django_app.people_checks.components", lambda: ())
    assert '*kingpost.apps("tenancy", "identity")' in told()["kingpost.E010"]


def test_what_is_about_people_means_nothing_without_them(settings: Any) -> None:
    """A setting that would be ignored in silence is told."""
    settings.KINGPOST = {**project.SETTINGS["KINGPOST"], "PERSON": "a.b", "MIRROR_SESSIONS": True}
    assert 'has no effect without KINGPOST["PEOPLE"] = "host"' in told()["kingpost.E003"]


def test_where_the_project_keeps_none_a_session_is_nothing(settings: Any, clerk: Any) -> None:
    """Without the setting nothing of a request's user is looked at."""
    settings.KINGPOST = project.SETTINGS["KINGPOST"]
    forgotten()
    browser = Browser(clerk)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/api/tenant").status_code == 401
    assert not captured.captured_queries
    assert isinstance(browser.get("/host/whoami"), HttpResponse)
