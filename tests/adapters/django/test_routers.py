"""Database routers of a host: the kernel keeps to its one alias whatever they say (RULES 9). It knows routers."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from tests.adapters.django import project
from tests.adapters.django.wares import MUG, calling, tenant

pytestmark = pytest.mark.usefixtures("migrated")

ASKED: list[str] = []


class Replica:
    """Sends every read to a replica that does not exist, and every write too."""

    def db_for_read(self, model: Any, **_: Any) -> str:
        """A read of a model."""
        ASKED.append(f"read {model._meta.label}")
        return "replica"

    def db_for_write(self, model: Any, **_: Any) -> str:
        """A write of a model."""
        ASKED.append(f"write {model._meta.label}")
        return "replica"


class Elsewhere:
    """Keeps the storefront's tables off an alias."""

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool | None:
        """Whether an app's tables go there."""
        return False if db == "scratch" and app_label == "kingpost_storefront" else None


def test_reads_and_writes_of_the_kernel_ask_no_router(settings: Any) -> None:
    """A product is made, read and changed on the kernel's alias while the routers point elsewhere."""
    client = calling(tenant()[2])
    settings.DATABASE_ROUTERS = [f"{__name__}.Replica"]
    ASKED.clear()
    made = client.post("/api/products", MUG, content_type="application/json")
    read = client.get(made["location"])
    changed = client.patch(made["location"], {"name": "New"}, content_type="application/json", headers={"if-match": read["etag"]})
    assert (made.status_code, read.status_code, changed.status_code, client.get("/api/readyz").status_code) == (201, 200, 200, 200)
    assert ASKED == []


def test_routers_say_what_is_migrated_where(settings: Any, tmp_path: Any) -> None:
    """``allow_migrate`` is asked like for every app: what it refuses gets no table."""
    project.add_alias("scratch", {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "scratch.sqlite3"})
    settings.DATABASE_ROUTERS = [f"{__name__}.Elsewhere"]
    try:
        call_command("migrate", database="scratch", verbosity=0)
        tables = connections["scratch"].introspection.table_names()
    finally:
        project.remove_alias("scratch")
    assert "kingpost_tenancy_tenant" in tables
    assert "kingpost_storefront_product" not in tables
