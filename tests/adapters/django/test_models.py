"""Models made from records: what a host's ORM, admin and foreign keys see. It knows models and one store."""

import os
import uuid
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.test import Client

import kingpost
from kingpost.adapters.django_app.apps import components
from kingpost.adapters.django_app.fields import TypeIdField
from kingpost.adapters.django_app.modelling import models_of
from kingpost.adapters.sql.shape import shapes
from kingpost.kernel import typeid
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Facts, Kind, Record, Retention
from kingpost.kernel.tenancy import HostName, Tenant
from tests.adapters.django.shop.models import Branch
from tests.adapters.django.wares import MUG, calling, platform_key, tenant

pytestmark = pytest.mark.usefixtures("migrated")

RECORDS = tuple(record for component in components() for record in component.records)


def model(record: type[Record]) -> Any:
    """The model of a record."""
    return apps.get_model(f"kingpost_{record.facts.component}", record.__name__)


@pytest.mark.parametrize("record", RECORDS)
def test_every_column_has_a_field_of_its_name(record: type[Record]) -> None:
    """Columns, keys and nullability are those of the shape that the SQL tables have too."""
    (shape,) = (each for each in shapes(RECORDS) if each.record is record)
    facts = model(record)._meta
    assert facts.db_table == shape.table
    assert {field.column: field.null for field in facts.concrete_fields} == {each.name: each.nullable for each in shape.columns}
    assert facts.pk.column == shape.key
    names = {each.name for each in (*facts.indexes, *facts.constraints)}
    assert names == {each.name for each in (*shape.uniques, *shape.indexes, *shape.references)}
    assert all(len(each.name) <= 30 for each in facts.indexes)
    assert not any(field.unique and not field.primary_key for field in facts.concrete_fields)


def test_a_product_looks_the_same_to_the_orm_and_to_the_api() -> None:
    """Ids are TypeIDs, times are aware, JSON is parsed."""
    id_, _, key = tenant()
    told = calling(key).post("/api/products", {**MUG, "attributes": {"colour": "blue"}}, content_type="application/json").json()
    row = apps.get_model("kingpost_storefront", "Product").objects.select_related("tenant").get(pk=told["id"])
    assert (row.id, row.sku, row.attributes, row.version) == (told["id"], told["sku"], {"colour": "blue"}, 1)
    assert row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") == told["created_at"]
    assert (row.tenant_id, row.tenant.id) == (id_, id_)


def test_an_id_is_found_as_typeid_as_uuid_and_as_text() -> None:
    """Whatever a host has at hand."""
    id_, slug, _ = tenant()
    rows = apps.get_model("kingpost_tenancy", "Tenant").objects
    plain = typeid.decode(id_, "ten")
    for spelled in (id_, plain, str(plain), plain.hex):
        assert rows.get(pk=spelled).slug == slug
    assert rows.filter(pk__in=[id_]).count() == 1


@pytest.mark.parametrize("wrong", ["prd_01h455vb4pex5vsknk084sn02q", "nonsense", "ten_", 7, ""])
def test_an_id_that_is_none_is_refused_in_words(wrong: object) -> None:
    """As Django refuses a malformed UUID."""
    with pytest.raises(ValidationError, match="begins with ten_"):
        apps.get_model("kingpost_tenancy", "Tenant").objects.filter(pk=wrong).count()


def test_the_field_of_an_id_is_a_text_field_in_forms_and_keeps_its_prefix() -> None:
    """And tells migrations what it is."""
    field = TypeIdField(prefix="ten", null=True)
    name, path, arguments, named = field.deconstruct()
    assert (name, path, arguments, named) == (None, "kingpost.adapters.django_app.fields.TypeIdField", [], {"prefix": "ten", "null": True})
    assert type(field.formfield()).__name__ == "CharField"
    assert field.to_python(None) is None
    assert field.to_python(uuid.UUID(int=0)) == "ten_00000000000000000000000000"


def test_a_host_refers_to_a_tenant_by_an_ordinary_foreign_key() -> None:
    """Joins and lookups work in both directions of the text."""
    id_, slug, _ = tenant()
    Branch.objects.create(tenant_id=id_, city="Ulm")
    assert Branch.objects.filter(tenant__slug=slug).get().tenant_id == id_
    assert Branch.objects.get(tenant=id_).tenant.slug == slug


def test_a_row_is_called_by_what_is_unique_of_it() -> None:
    """A tenant by its slug, a host name by itself, so that a select of the admin can be read."""
    id_, slug, _ = tenant()
    assert str(model(Tenant).objects.get(pk=id_)) == slug
    assert str(model(HostName)(host="shop.example", tenant_id=id_)) == "shop.example"


def test_there_are_admin_permissions_for_every_record() -> None:
    """Django makes them after ``migrate``, because each app has a ``models`` module."""
    for record in RECORDS:
        name = record.facts.name
        assert Permission.objects.filter(content_type__app_label=f"kingpost_{record.facts.component}", codename=f"view_{name}").exists()


@pytest.fixture
def boss() -> Client:
    """A browser of somebody who may do everything."""
    user = User.objects.create_superuser(f"boss-{os.urandom(4).hex()}", "boss@example.com", "boss")
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sessions(settings: Any) -> None:
    """The middleware of Django's admin."""
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]


@pytest.mark.usefixtures("sessions")
def test_the_admin_shows_every_record_and_changes_none(boss: Client) -> None:
    """Lists and pages of rows open; there is no way to add, change or delete, and no digest on any page."""
    id_, slug, key = tenant()
    platform_key()
    assert calling(key).post("/api/products", MUG, content_type="application/json").status_code == 201
    for record in RECORDS:
        place = f"/admin/kingpost_{record.facts.component}/{record.facts.name}/"
        listed = boss.get(place)
        assert listed.status_code == 200
        assert boss.get(f"{place}add/").status_code == 403
        row = model(record).objects.first()
        if row is None:
            continue
        shown = boss.get(f"{place}{row.pk}/change/")
        assert shown.status_code == 200
        assert b"digest" not in shown.content.lower()
        assert boss.post(f"{place}{row.pk}/change/", {}).status_code == 403
        assert boss.post(f"{place}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert slug.encode() in boss.get(f"/admin/kingpost_tenancy/tenant/{id_}/change/").content
    assert boss.get("/admin/kingpost/schema/").status_code == 200


def test_apps_names_what_a_project_installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core, Kingpost's components by name, a user's by package; anything else is refused with what there is."""
    assert kingpost.apps() == ("kingpost.adapters.django_app",)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "__init__.py").write_text("COMPONENT = ...", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert kingpost.apps("notes") == ("kingpost.adapters.django_app", "notes")
    assert kingpost.apps("tenancy", "shop.orders", "tenancy") == (
        "kingpost.adapters.django_app",
        "kingpost.adapters.django_app.tenancy",
        "shop.orders",
    )
    with pytest.raises(ConfigurationError, match="tenancy"):
        kingpost.apps("tenency")


class Misnamed(Record, frozen=True, kw_only=True):
    """A record whose class and facts have different names."""

    facts: ClassVar[Facts] = Facts(component="other", name="named", tenant=None, personal=(), retention=Retention("for a test"))
    id: str


def test_a_record_whose_class_has_another_name_is_refused() -> None:
    """Django would give its table another name than the SQL store knows."""
    with pytest.raises(ConfigurationError, match="'misnamed'"):
        models_of(__name__, Component(name="other", package="elsewhere", records=(Misnamed,)))


def test_every_kind_of_column_has_a_field() -> None:
    """A new kind cannot be forgotten here."""
    from kingpost.adapters.django_app import modelling

    assert set(modelling._FIELDS) | {Kind.ID, Kind.TEXT} == set(Kind)
