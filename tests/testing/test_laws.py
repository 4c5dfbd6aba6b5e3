"""The laws for components: ours keep them, and every way of breaking one is told with file, line and mend. It knows copies of the storefront."""

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from examples import storefront
from kingpost.conformance import specimen
from kingpost.kernel import identity, outbox, tenancy
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from kingpost.testing import ComponentLaws, check_component

ORIGIN = Path(storefront.__file__).parent
FILES = ("__init__.py", "api.py", "cases.py", "model.py", "queries.py", "records.py", "usecases.py")
_numbers = count(1)

Change = tuple[str, str, str]
"""A file, a text in it, and what stands there instead."""


class TestTenancy(ComponentLaws):
    """Kingpost's own."""

    component = tenancy.COMPONENT


class TestIdentity(ComponentLaws):
    """Kingpost's own."""

    component = identity.COMPONENT


class TestOutbox(ComponentLaws):
    """Kingpost's own."""

    component = outbox.COMPONENT


class TestStorefront(ComponentLaws):
    """A user's."""

    component = storefront.COMPONENT


class TestSpecimen(ComponentLaws):
    """The kit's."""

    component = specimen.COMPONENT


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Callable[..., Component]]:
    """Makes a copy of the storefront that is changed in some places, and imports it."""
    name = f"broken_storefront_{next(_numbers)}"
    folder = tmp_path / name
    folder.mkdir()

    def made(*changes: Change) -> Component:
        for file in FILES:
            shutil.copy(ORIGIN / file, folder)
        for file, old, new in (("__init__.py", "examples.storefront", name), *changes):
            path = folder / file
            text = path.read_text() if path.exists() else ""
            assert old in text
            path.write_text(text.replace(old, new, 1) if old else text + new)
        sys.path.insert(0, str(tmp_path))
        importlib.invalidate_caches()
        found: Component = importlib.import_module(name).COMPONENT
        return found

    yield made
    sys.path[:] = [place for place in sys.path if place != str(tmp_path)]
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


READ = "        permission=READ,\n        query=ProductQuery,\n"
MISTAKES: dict[str, tuple[Change, str]] = {
    "a seventh file": (
        ("reports.py", "", '"""More."""\n'),
        r"reports\.py:1: no file of a component; move it, or write 'Extra files: reports\.py, because",
    ),
    "an incomplete door": (("__init__.py", '    "SkuTaken",\n', ""), r"__init__\.py:1: __all__ lacks SkuTaken"),
    "a door that names nothing": (("__init__.py", '    "SkuTaken",\n', '    "SkuTaken",\n    "Gone",\n'), r"__all__ names Gone, which is nothing here"),
    "a name twice": (("__init__.py", '    "SkuTaken",\n', '    "SkuTaken",\n    "SkuTaken",\n'), r"__all__ names SkuTaken twice"),
    "an unused permission": (
        ("__init__.py", "        Permission(ADJUST", '        Permission("storefront.products:sell", "Sell."),\n        Permission(ADJUST'),
        r"__init__\.py:\d+: nobody asks for permission 'storefront\.products:sell'; name it on an operation, or take it out",
    ),
    "a permission of nobody's": (
        ("api.py", 'READ = "storefront.products:read"', 'READ = "read"'),
        r"permission 'read' must look like 'storefront\.noun:verb'; rename it",
    ),
    "a permission without a meaning": (("__init__.py", '"Read products."', '""'), r"permission 'storefront\.products:read' is not explained"),
    "an unknown permission": (
        ("__init__.py", "        Permission(READ", "        # Permission(READ"),
        r"api\.py:\d+: operation 'storefront\.products\.list' asks for permission 'storefront\.products:read', which no component declares; add it",
    ),
    "an undeclared condition": (
        ("api.py", "errors=(NotFound, StockInsufficient, StockTooLarge)", "errors=(StockInsufficient, StockTooLarge)"),
        r"api\.py:\d+: operation 'storefront\.stock\.adjust' does not declare NotFound; add it to 'errors'",
    ),
    "an undeclared tag": (("api.py", "errors=(NotFound, StaleVersion),", "errors=(NotFound,),"), r"does not declare StaleVersion"),
    "a condition raised by name": (
        ("usecases.py", '    """Add a product. ``SkuTaken``."""\n', "    if not body.name.strip():\n        raise Conflict\n"),
        r"usecases\.py:\d+: raises Conflict, which operation 'storefront\.products\.create' at .*api\.py:\d+ does not declare; add it to 'errors'",
    ),
    "no example": (
        ("api.py", '        examples=(Example(summary="A mug", result=_EXAMPLE),),\n', ""),
        r"api\.py:\d+: operation 'storefront\.products\.read' has no example with a result; write examples=",
    ),
    "no case": (
        ("cases.py", 'patch("/products/<product>", "<etag>", b\'{"status":"active"}\', Expect(status=200', 'patch("/tenant", "<etag>", b\'{"status":"active"}\', Expect(status=200'),
        r"api\.py:\d+: no case asks operation 'storefront\.products\.update' with success; add one to CASES in broken_storefront_\d+/cases\.py",
    ),
    "a case of nobody's": (("cases.py", 'id="storefront.delete"', 'id="shop.delete"'), r"the id of case 'shop\.delete' must begin with 'storefront\.'"),
    "no reason to keep": (
        ("records.py", 'Retention("kept until its tenant deletes it")', 'Retention("")'),
        r"records\.py:\d+: Product does not say why its rows are kept",
    ),
    "days since nothing": (("records.py", 'deletes it")', 'deletes it", days=5)'), r"Product is kept for 5 days since None; give both, or neither"),
    "days since a text": (
        ("records.py", 'deletes it")', 'deletes it", days=5, since="name")'),
        r"Product\.name is no instant to count days from; name a datetime field",
    ),
    "a list without pages": (
        ("api.py", "        query=ProductQuery,\n", ""),
        r"api\.py:\d+: operation 'storefront\.products\.list' is a list without pages; give it query=PageQuery",
    ),
    "an answer of many": (
        ("api.py", "        path_parameters=ProductPath,\n        returns=ProductView,", "        path_parameters=ProductPath,\n        returns=list[ProductView],"),
        r"operation 'storefront\.products\.read' is a list without pages",
    ),
    "an operation twice": (
        ("api.py", 'id="storefront.products.read"', 'id="storefront.products.list"'),
        r"api\.py:\d+: operation 'storefront\.products\.list': the id is taken by another operation, at .*api\.py:\d+; give one of them an id of its own",
    ),
    "a path twice": (
        ("api.py", 'method="DELETE"', 'method="PATCH"'),
        r"api\.py:\d+: operation 'storefront\.products\.delete': PATCH /products/{product_id} is taken by storefront\.products\.update at .*api\.py:\d+; give",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_told_with_its_place_and_mend(mistake: str, broken: Callable[..., Component]) -> None:
    """A component that breaks a law is told where and what to write; nothing is wrong with the copy but that."""
    change, told = MISTAKES[mistake]
    with pytest.raises(AssertionError, match=told):
        check_component(broken(change))


def test_a_faithful_copy_keeps_every_law(broken: Callable[..., Component]) -> None:
    """The mistakes are found by what is wrong, not by being a copy."""
    check_component(broken())


def test_a_seventh_file_with_a_reason_is_none(broken: Callable[..., Component]) -> None:
    """The line in the door's docstring names it."""
    door = ("__init__.py", "Extra files: ", "Extra files: reports.py, because it prints; ")
    check_component(broken(("reports.py", "", '"""Prints."""\n'), door))


def test_a_permission_that_a_use_case_asks_for_is_used(broken: Callable[..., Component]) -> None:
    """``context.require`` counts, by text or by name."""
    declared = (
        "__init__.py",
        "        Permission(ADJUST",
        '        Permission("storefront.products:sell", "Sell."),\n        Permission(ADJUST',
    )
    asked = ("usecases.py", "    now = context.now()\n", '    context.require("storefront.products:sell")\n    now = context.now()\n')
    check_component(broken(declared, asked))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('        tenant="tenant_id",\n', "", r"records\.py:\d+: Facts does not say 'tenant'; write tenant='tenant_id'.* or tenant=None"),
        ("        personal=(),\n", "", r"records\.py:\d+: Facts does not say 'personal'; write personal=\('email',\)"),
        (
            '        retention=Retention("kept until its tenant deletes it"),\n',
            "",
            r"does not say 'retention'; write retention=Retention\(",
        ),
        ('        tenant="tenant_id"', '        tennant="tenant_id"', r"records\.py:\d+: Facts has no 'tennant'; did you mean 'tenant'\?"),
        (
            "    facts: ClassVar[Facts] = Facts(",
            "    unused: ClassVar[Facts] = Facts(",
            r"records\.py:\d+: Product has no facts; write 'facts: ClassVar\[Facts\] = Facts\(\.\.\.\)' in it",
        ),
    ],
)
def test_a_record_without_a_decision_is_refused_where_it_is_written(
    old: str, new: str, told: str, broken: Callable[..., Component]
) -> None:
    """Importing it fails with file, line and what to write."""
    with pytest.raises(ConfigurationError, match=told):
        broken(("records.py", old, new))


def test_an_operation_without_a_permission_is_refused_where_it_is_written(broken: Callable[..., Component]) -> None:
    """Importing it fails with file, line and what to write."""
    with pytest.raises(ConfigurationError, match=r"api\.py:\d+: Operation does not say 'permission'; write permission='<component>"):
        broken(("api.py", "        permission=ADJUST,\n", ""))


def test_a_component_that_is_no_package_is_told(broken: Callable[..., Component]) -> None:
    """One in a single module has no files to look at."""
    from tests.testing.counters import COMPONENT

    with pytest.raises(AssertionError, match=r"counters\.py:\d+: 'tests\.testing\.counters' is no package; make it a folder with"):
        check_component(COMPONENT)
