"""What people get wrong when they install Kingpost: each is told in words, with its mend. It knows files of the monolith and what ``check`` says."""

import sys

import pytest

from tests.monolith.project import ROOT, Project

SETTINGS, URLS = "backoffice/settings.py", "backoffice/urls.py"
CORE = '    *kingpost.apps("tenancy"),\n'
INCLUDE = '    path("kingpost/", include("kingpost.adapters.django_app.urls")),\n'
COMPONENT = '    "examples.storefront",\n'
OWN_COMPONENT = '''"""A component of the project's own."""

from examples.storefront import COMPONENT
'''


def told(project: Project) -> str:
    """What ``manage.py check`` says of a project that is not as it should be, in one line."""
    done = project.run(sys.executable, "manage.py", "check", "--fail-level", "WARNING")
    assert done.returncode == 1, done.stdout
    return " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (URLS, INCLUDE, "", ("W001", "Add path('api/', include('kingpost.adapters.django_app.urls'))")),
        (
            URLS,
            "urlpatterns = [\n",
            "urlpatterns = [\n    path('<path:page>', admin.site.urls[0][0].callback),\n",
            ("W006", "before it in urlpatterns"),
        ),
        (URLS, '"kingpost/", include', '"<slug:firm>/", include', ("E007", "without a variable")),
        (SETTINGS, CORE, CORE * 2, ("kingpost.adapters.django_app is among INSTALLED_APPS twice", "once with all components")),
        (SETTINGS, COMPONENT, COMPONENT * 2, ("examples.storefront is among INSTALLED_APPS twice",)),
        (
            SETTINGS,
            CORE,
            '    "kingpost.adapters.django_app",\n',
            ("E004", "'storefront' needs 'tenancy'", 'Add *kingpost.apps("tenancy")'),
        ),
        (
            SETTINGS,
            CORE,
            '    *kingpost.apps("tenancy", "orders"),\n',
            ("kingpost.apps('orders'): no such component", "list a component of yours by its package"),
        ),
        (
            SETTINGS,
            '"HOSTS": ALLOWED_HOSTS',
            '"HOSTS": ALLOWED_HOSTS, "COMPONENTS": ["tenancy"]',
            ("E001", "inside Django INSTALLED_APPS is the list"),
        ),
        (SETTINGS, '"SECRET": [', '"SECRETS": [', ("E002", "token_urlsafe", "did you mean SECRET")),
        (SETTINGS, "and long enough for Kingpost", "", ("E003", "32")),
        (SETTINGS, '    "ACCEPT_WEAKENED_ETAGS": True,', "   ", ("W005", "ACCEPT_WEAKENED_ETAGS")),
        ("backoffice/databases.py", '"transaction_mode": "IMMEDIATE",', "", ("W002", "IMMEDIATE")),
        (
            SETTINGS,
            "WSGI_APPLICATION = ",
            'ASGI_APPLICATION = "backoffice.asgi.application"\nWSGI_APPLICATION = ',
            ("W003", "guarded(get_asgi_application())"),
        ),
    ],
)
def test_a_mistake_is_told_with_its_mend(installed: Project, file: str, old: str, new: str, words: tuple[str, ...]) -> None:
    """``manage.py check`` names what is wrong and what to write instead."""
    installed.edit(file, old, new)
    said = told(installed)
    assert all(word in said for word in words), said


class TestAComponentOfTheProject:
    """What Django needs of a package that holds a component."""

    @pytest.fixture
    def own(self, installed: Project) -> Project:
        """The project with the component in a package of its own that has only its door."""
        (installed.folder / "shop").mkdir()
        (installed.folder / "shop" / "__init__.py").write_text(OWN_COMPONENT, encoding="utf-8")
        installed.edit(SETTINGS, COMPONENT, '    "shop",\n')
        return installed

    def test_it_needs_an_app(self, own: Project) -> None:
        """Without it Django installs the package and Kingpost sees nothing."""
        said = told(own)
        assert "E008" in said
        assert "class App(ComponentApp): name = 'shop'" in said

    def test_it_needs_models_and_migrations(self, own: Project) -> None:
        """Without them ``migrate`` makes no table, whatever it is told."""
        app = (ROOT / "examples/storefront/apps.py").read_text(encoding="utf-8")
        (own.folder / "shop" / "apps.py").write_text(app.replace("examples.storefront", "shop"), encoding="utf-8")
        said = told(own)
        assert "E009" in said
        assert "globals().update(models_of(__name__, COMPONENT))" in said
        models = (ROOT / "examples/storefront/models.py").read_text(encoding="utf-8")
        (own.folder / "shop" / "models.py").write_text(models, encoding="utf-8")
        said = told(own)
        assert "W007" in said
        assert "makemigrations kingpost_storefront" in said
        own.batch(("makemigrations", "kingpost_storefront"), ("check", "--fail-level", "WARNING"))

    def test_it_needs_a_name_of_its_own(self, own: Project) -> None:
        """Two components of one name would be two apps of one label."""
        app = (ROOT / "examples/storefront/apps.py").read_text(encoding="utf-8")
        (own.folder / "shop" / "apps.py").write_text(app.replace("examples.storefront", "shop"), encoding="utf-8")
        own.edit(SETTINGS, '    "shop",\n', f'    "shop",\n{COMPONENT}')
        assert "the apps shop and examples.storefront are both labelled 'kingpost_storefront'" in told(own)


def test_a_database_without_tables_is_told(installed: Project) -> None:
    """A command says what to run; nothing else is done."""
    done = installed.run(sys.executable, "manage.py", "kingpost_bootstrap")
    assert done.returncode == 1
    assert "manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_view_without_the_middleware_is_told(installed: Project) -> None:
    """``@requires`` says which line is missing."""
    installed.edit(SETTINGS, '    "kingpost.adapters.django_app.middleware.KingpostMiddleware",\n', "")
    ask = "from django.test import Client; Client(headers={'host': 'localhost'}).get('/orders/own.json')"
    done = installed.run(sys.executable, "manage.py", "shell", "-v0", "-c", ask)
    assert "add kingpost.adapters.django_app.middleware.KingpostMiddleware to MIDDLEWARE" in done.stderr
