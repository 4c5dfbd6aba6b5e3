"""The system checks: each says one thing that is wrong, and how to mend it. It knows settings and ids."""

from secrets import token_hex, token_urlsafe
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.urls import include, path

from kingpost.adapters.django_app import apps, checks, urls
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from tests.adapters.django import project


def told() -> dict[str, CheckMessage]:
    """What the checks say, by id."""
    return {message.id or "": message for message in run_checks(tags=[checks.TAG])}


def test_the_project_of_these_tests_is_sound() -> None:
    """Nothing to say."""
    assert told() == {}
    call_command("check", tag=[checks.TAG], fail_level="WARNING")


@pytest.mark.parametrize(
    ("changes", "id_", "words"),
    [
        ({"COMPONENTS": ["tenancy"]}, "kingpost.E001", "INSTALLED_APPS"),
        ({"SECRET": None}, "kingpost.E002", "token_urlsafe"),
        ({"SECRET": ["short"]}, "kingpost.E003", 'KINGPOST["SECRET"]'),
        ({"HOSTS": None}, "kingpost.E003", "api.example.com"),
        ({"HOST": "a.example"}, "kingpost.E003", "did you mean HOSTS"),
        ({"POOL_SIZE": 3}, "kingpost.E003", "no effect inside Django"),
        ({"PREFIX": "/api"}, "kingpost.E003", "no effect inside Django"),
        ({"DATABASE": "nowhere"}, "kingpost.E006", "DATABASES"),
    ],
)
def test_a_wrong_setting_is_told_with_its_mend(settings: Any, changes: dict[str, Any], id_: str, words: str) -> None:
    """One message, with the id of its kind."""
    settings.KINGPOST = {name: value for name, value in {**project.SETTINGS["KINGPOST"], **changes}.items() if value is not None}
    found = told()
    assert set(found) == {id_}
    assert words in f"{found[id_].msg} {found[id_].hint}"
    assert "short" not in str(found[id_].msg).split()


def test_settings_that_are_no_dictionary_are_told(settings: Any) -> None:
    """Whatever stands there, no traceback."""
    settings.KINGPOST = ["SECRET"]
    assert set(told()) == {"kingpost.E003"}


def test_all_problems_are_told_at_once(settings: Any) -> None:
    """Not one after the other."""
    settings.KINGPOST = {"COMPONENTS": "tenancy", "BODY_LIMIT": "much"}
    assert set(told()) == {"kingpost.E001", "kingpost.E002", "kingpost.E003"}


def test_a_component_whose_app_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is required and what records refer to must be among INSTALLED_APPS."""
    only = tuple(component for component in apps.components() if component.name == "storefront")
    monkeypatch.setattr(checks, "components", lambda: only)
    found = told()
    assert set(found) == {"kingpost.E004"}
    assert "'tenancy'" in found["kingpost.E004"].msg
    assert 'kingpost.apps("tenancy")' in str(found["kingpost.E004"].hint)


def test_a_component_before_one_that_it_needs_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows could not be loaded from a fixture in that order."""
    turned = tuple(sorted(apps.components(), key=lambda each: each.name != "storefront"))
    monkeypatch.setattr(checks, "components", lambda: turned)
    found = told()
    assert set(found) == {"kingpost.W009"}
    assert "'storefront' behind 'tenancy'" in str(found["kingpost.W009"].hint)


def test_a_contradiction_that_assembly_finds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an error of the check, not as a traceback."""
    from kingpost.adapters.django_app import composition

    twice = (*apps.components(), Component(name="tenancy", package="elsewhere"))
    monkeypatch.setattr(composition, "components", lambda: twice)
    assert "twice" in told()["kingpost.E005"].msg


def test_a_database_of_another_kind_is_refused(settings: Any) -> None:
    """Kingpost needs SQLite or PostgreSQL; any other alias may stay what it is."""
    project.add_alias("elsewhere", {"ENGINE": "django.db.backends.dummy"})
    settings.KINGPOST = {**settings.KINGPOST, "DATABASE": "elsewhere"}
    try:
        assert "elsewhere" in told()["kingpost.E006"].msg
    finally:
        project.remove_alias("elsewhere")


def test_sqlite_that_begins_as_a_reader_is_warned_of(settings: Any) -> None:
    """A host's transactions that read before they write can block each other for good."""
    project.add_alias("deferred", {"ENGINE": "django.db.backends.sqlite3", "NAME": project.FILE})
    settings.KINGPOST = {**settings.KINGPOST, "DATABASE": "deferred"}
    try:
        assert "IMMEDIATE" in str(told()["kingpost.W002"].hint)
    finally:
        project.remove_alias("deferred")


class Without:
    """A URLconf that leaves Kingpost out."""

    urlpatterns: tuple[Any, ...] = ()


class UnderAVariable:
    """A URLconf that mounts Kingpost under a variable."""

    urlpatterns = [path("<slug:customer>/", include("kingpost.adapters.django_app.urls"))]


def test_urls_that_are_not_included_are_warned_of(settings: Any) -> None:
    """The API would not be served."""
    settings.ROOT_URLCONF = Without
    assert "include(" in str(told()["kingpost.W001"].hint)


def test_urls_under_a_variable_are_an_error(settings: Any) -> None:
    """Links could not be built."""
    settings.ROOT_URLCONF = UnderAVariable
    assert set(told()) == {"kingpost.E007"}


def test_another_asgi_entry_is_warned_of(settings: Any) -> None:
    """Django's own reads bodies of any size before anybody can refuse them."""
    settings.ASGI_APPLICATION = "shop.asgi.application"
    assert "guarded" in str(told()["kingpost.W003"].hint)
    settings.ASGI_APPLICATION = checks.ASGI_ENTRY
    assert told() == {}


def test_other_time_zones_are_warned_of(settings: Any) -> None:
    """The admin would show other times than the API."""
    settings.USE_TZ = False
    assert set(told()) == {"kingpost.W004"}


def test_a_host_name_that_django_refuses_is_warned_of(settings: Any) -> None:
    """Where CommonMiddleware looks at ALLOWED_HOSTS, a name must stand in both lists."""
    settings.KINGPOST = {**settings.KINGPOST, "HOSTS": ["testserver", "api.example.com", "www.example.com"]}
    assert told() == {}
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    settings.ALLOWED_HOSTS = ["testserver", "www.example.com"]
    assert "'api.example.com', which" in told()["kingpost.W008"].msg
    assert "ALLOWED_HOSTS" in str(told()["kingpost.W008"].hint)
    settings.ALLOWED_HOSTS = ["testserver", ".example.com"]
    assert told() == {}
    settings.ALLOWED_HOSTS, settings.DEBUG = [], True
    settings.KINGPOST = {**settings.KINGPOST, "HOSTS": ["localhost", "[::1]"]}
    assert told() == {}


class TestDeployment:
    """``check --deploy``: what works and is unsafe in public."""

    @staticmethod
    def unsafe() -> list[tuple[str, str]]:
        """Ids and messages."""
        found = run_checks(tags=[checks.TAG], include_deployment_checks=True)
        return [(str(message.id), f"{message.msg} {message.hint}") for message in found]

    def test_a_careful_project_hears_nothing(self, settings: Any) -> None:
        """A random secret, named hosts, https origins, metrics closed; and without ``--deploy`` nobody hears anything."""
        good = {
            "SECRET": [token_urlsafe(48), token_hex(32)],
            "CORS_ORIGINS": ["https://app.example", "http://localhost:3000"],
            "METRICS": False,
        }
        settings.KINGPOST = {**settings.KINGPOST, **good}
        assert self.unsafe() == []
        settings.KINGPOST = {**settings.KINGPOST, "SECRET": ["insecure-for-development-only-0123456789"], "HOSTS": ["*"], "METRICS": True}
        assert told() == {}
        assert [id_ for id_, _ in self.unsafe()] == ["kingpost.W101", "kingpost.W102", "kingpost.W104"]

    @pytest.mark.parametrize(
        ("secret", "words"),
        [
            ("django-insecure-7r#1m9^w3!q0z8k2v5x4c6b", "an example"),
            ("thirty-two-characters-or-more-kept-secret", "an example"),
            ("insecure, for development only, and long enough for Kingpost", "an example"),
            ("the-very-same-as-the-one-of-django-itself", "SECRET_KEY"),
            ("the-very-same-as-an-old-one-of-django-itself", "SECRET_KEY"),
        ],
    )
    def test_a_secret_that_can_be_guessed_is_told_by_its_place(self, settings: Any, secret: str, words: str) -> None:
        """Which one and why, with the command for another, and never the secret."""
        settings.SECRET_KEY = "the-very-same-as-the-one-of-django-itself"
        settings.SECRET_KEY_FALLBACKS = ["the-very-same-as-an-old-one-of-django-itself"]
        settings.KINGPOST = {**settings.KINGPOST, "SECRET": [token_urlsafe(48), secret], "METRICS": False}
        ((id_, said),) = self.unsafe()
        assert (id_, "secret 2 of" in said, words in said, "token_urlsafe" in said) == ("kingpost.W101", True, True, True)
        assert secret not in said

    @pytest.mark.parametrize("origin", ["*", "http://app.example", "http://10.0.0.1:8080"])
    def test_an_unsafe_origin_is_told(self, settings: Any, origin: str) -> None:
        """By its name."""
        settings.KINGPOST = {**settings.KINGPOST, "SECRET": [token_urlsafe(48)], "CORS_ORIGINS": [origin], "METRICS": False}
        ((id_, said),) = self.unsafe()
        assert (id_, repr(origin) in said) == ("kingpost.W103", True)

    def test_settings_that_cannot_be_read_are_told_once(self, settings: Any) -> None:
        """By the check for them."""
        settings.KINGPOST = {"SECRET": ["short"], "HOSTS": ["*"]}
        assert [id_ for id_, _ in self.unsafe()] == ["kingpost.E003"]


def test_a_broken_project_still_has_urls_and_every_request_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks can run, and a server that was started without them answers with the reason in its log."""

    def broken() -> None:
        raise ConfigurationError("a component is missing")

    monkeypatch.setattr(urls, "kernel", broken)
    (only,) = urls._routes()
    with pytest.raises(Exception, match="a component is missing"):
        only.callback(None)
