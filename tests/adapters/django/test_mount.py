"""How the kernel stands in a host's URLs. It knows names, prefixes and methods; what the kernel answers is tested elsewhere."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import clear_script_prefix, include, path, resolve, reverse, set_script_prefix

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.places import prefix_of
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.operations import parameter_names
from tests.adapters.django.wares import MUG, calling, tenant

pytestmark = pytest.mark.usefixtures("migrated")


def test_every_operation_has_a_name_that_reverses_to_its_path() -> None:
    """The name is the operation's id, in the namespace ``kingpost``."""
    for operation in kernel().registry.operations:
        values = {name: f"v{at}" for at, name in enumerate(parameter_names(operation.path))}
        assert reverse(f"kingpost:{operation.id}", kwargs=values) == "/api" + operation.path.format(**values)


def test_every_operation_leads_to_a_view_of_its_path() -> None:
    """Django's resolver finds a named pattern of ours for each path, with the parameters as text."""
    for operation in kernel().registry.operations:
        names = parameter_names(operation.path)
        match = resolve("/api" + operation.path.format(**dict.fromkeys(names, "x")))
        assert match.namespace == "kingpost"
        assert match.url_name in {other.id for other in kernel().registry.paths[operation.path]}
        assert match.kwargs == dict.fromkeys(names, "x")


def test_every_callback_is_out_of_atomic_requests_and_csrf() -> None:
    """The fallback's too."""
    for place in ("/api/tenant", "/api/products/x", "/api/nowhere"):
        callback = resolve(place).func
        assert callback.csrf_exempt is True
        assert "default" in callback._non_atomic_requests


def test_the_fallback_answers_what_has_no_pattern() -> None:
    """Unknown paths, slashes and line breaks under the prefix get the kernel's problem document."""
    for place in ("/api/nowhere", "/api/", "/api/tenant/", "/api//tenant", "/api/a%0Ab"):
        answer = Client().get(place)
        assert answer.status_code in (400, 404)
        assert answer["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_of_the_path_is_the_kernels_to_refuse(method: str) -> None:
    """405 as a problem with a sorted ``Allow``, for methods that Ninja knows and for those it does not."""
    answer = Client().generic(method, "/api/products")
    assert (answer.status_code, answer["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert answer["content-type"] == "application/problem+json"


def test_head_and_options_are_answered_by_the_kernel() -> None:
    """HEAD is GET without its body, OPTIONS lists the methods."""
    client = calling(tenant()[2])
    got, headed = client.get("/api/tenant"), client.head("/api/tenant")
    assert (headed.status_code, headed.content, headed["content-length"]) == (200, b"", got["content-length"])
    asked = Client().options("/api/products")
    assert (asked.status_code, asked["allow"], asked.content) == (204, "GET, HEAD, OPTIONS, POST", b"")
    assert not {"content-type", "content-length"} & {name.lower() for name in asked.headers}


def test_a_product_lives_and_dies_under_the_prefix() -> None:
    """Create, read, change, delete; ``Location`` carries prefix and script name."""
    client = calling(tenant()[2])
    made = client.post("/api/products", MUG, content_type="application/json")
    assert made.status_code == 201
    assert made["location"] == f"/api/products/{made.json()['id']}"
    read = client.get(made["location"])
    assert (read.status_code, read.json(), read["etag"]) == (200, made.json(), made["etag"])
    changed = client.patch(made["location"], {"name": "Cup"}, content_type="application/json", headers={"if-match": read["etag"]})
    assert (changed.status_code, changed.json()["name"]) == (200, "Cup")
    gone = client.delete(made["location"], headers={"if-match": changed["etag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(made["location"]).status_code == 404


def test_the_script_name_is_a_part_of_the_mount() -> None:
    """Under SCRIPT_NAME /site and prefix /api a product's place is /site/api/products/...; the path itself is the same."""
    client = calling(tenant()[2])
    made = client.post("/api/products", MUG, content_type="application/json", SCRIPT_NAME="/site")
    assert made["location"].startswith("/site/api/products/prd_")


def test_the_prefix_is_found_without_the_script_name() -> None:
    """``reverse`` puts the script name in front; the prefix is what the URLconf says."""
    prefix_of.cache_clear()
    set_script_prefix("/site/")
    try:
        assert prefix_of(None) == "/api"
    finally:
        clear_script_prefix()
        prefix_of.cache_clear()


class UnderAVariable:
    """A URLconf that mounts Kingpost under a variable."""

    urlpatterns = [path("<slug:customer>/", include("kingpost.adapters.django_app.urls"))]


def test_a_mount_under_a_variable_is_refused_with_the_mend() -> None:
    """Prefixes must be fixed: links could not be built."""
    with pytest.raises(ConfigurationError, match="without a variable"):
        prefix_of(UnderAVariable)


def test_what_was_sent_under_another_spelling_of_the_prefix_is_nowhere() -> None:
    """Django routes by the decoded path, the kernel by the raw one: ``/%61pi/tenant`` is not ``/api/tenant``, and never the root's ``/tenant``."""
    client = calling(tenant()[2])
    assert client.get("/api/tenant", RAW_URI="/%61pi/tenant").status_code == 404
    assert client.get("/api/tenant", RAW_URI="/tenant").status_code == 404
    assert client.get("/api/tenant", RAW_URI="/api/tenant").status_code == 200


def outside(request: HttpRequest) -> HttpResponse:
    """A view of the host behind Kingpost's root mount."""
    return HttpResponse("host")


class AtTheRoot:
    """A URLconf with Kingpost at the root, behind the host's own views."""

    urlpatterns = [path("host", outside), path("", include("kingpost.adapters.django_app.urls"))]


def test_at_the_root_the_hosts_own_views_come_first(settings: Any) -> None:
    """Everything else is the kernel's."""
    settings.ROOT_URLCONF = AtTheRoot
    assert Client().get("/host").content == b"host"
    assert Client().get("/livez").status_code == 200
    assert Client().get("/elsewhere")["content-type"] == "application/problem+json"


def test_atomic_requests_of_the_host_do_not_reach_the_kernels_routes(settings: Any) -> None:
    """With ATOMIC_REQUESTS on, the kernel commits where it decides, and a refused write leaves nothing."""
    from django.db import connections

    client = calling(tenant()[2])
    facts = connections["default"].settings_dict
    facts["ATOMIC_REQUESTS"] = True
    try:
        first = client.post("/api/products", MUG, content_type="application/json")
        second = client.post("/api/products", MUG, content_type="application/json")
    finally:
        facts["ATOMIC_REQUESTS"] = False
    assert (first.status_code, second.status_code) == (201, 409)
    assert client.get(first["location"]).status_code == 200


def test_inside_an_atomic_block_around_the_client_everything_still_works() -> None:
    """As in a host's test case: the request's unit is a savepoint, and a conflict leaves the block usable."""
    client = calling(tenant()[2])
    with transaction.atomic():
        made = client.post("/api/products", MUG, content_type="application/json")
        again = client.post("/api/products", MUG, content_type="application/json")
        found = client.get(made["location"])
        transaction.set_rollback(True)
    assert [made.status_code, again.status_code, found.status_code] == [201, 409, 200]
    assert client.get(made["location"]).status_code == 404


def test_a_csrf_check_of_the_host_does_not_reach_the_kernels_routes(settings: Any) -> None:
    """A bearer credential is no cookie."""
    settings.MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
    client = calling(tenant()[2], enforce_csrf_checks=True)
    assert client.post("/api/products", MUG, content_type="application/json").status_code == 201


def test_the_system_check_of_the_urls_is_clean() -> None:
    """Django itself has nothing to say about the patterns."""
    call_command("check", tag=["urls"], fail_level="WARNING")
