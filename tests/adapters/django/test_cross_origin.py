"""CORS through Django: the kernel's word, on every entry. It knows the adapter; what is told stands with the kit's tests."""

import asyncio
from typing import Any

import pytest
from django.apps import apps
from django.core.handlers.wsgi import WSGIHandler

from kingpost.adapters.django_app import asgi
from kingpost.adapters.django_app.apps import KingpostApp
from kingpost.adapters.django_app.composition import kernel_of_project
from kingpost.adapters.django_app.wsgi import keeping_path
from kingpost.conformance.target import Exchange, Reply
from kingpost.conformance.transports import AsgiTransport, WsgiTransport
from tests.adapters.django.project import SETTINGS
from tests.conformance.cross_origin import ORIGIN, TOLD, Told, told_by

pytestmark = pytest.mark.usefixtures("migrated")


@pytest.fixture(autouse=True)
def _one_origin_may_call(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KINGPOST = {**SETTINGS["KINGPOST"], "CORS_ORIGINS": [ORIGIN]}
    monkeypatch.setitem(apps.get_app_config(KingpostApp.label).__dict__, "kernel", kernel_of_project())


def over_wsgi(exchange: Exchange) -> Reply:
    """Through Django's own handler."""
    return WsgiTransport(keeping_path(WSGIHandler())).send(exchange)


def over_asgi(exchange: Exchange) -> Reply:
    """Through our entry."""
    return asyncio.run(AsgiTransport(asgi.application).send(exchange))


@pytest.mark.parametrize("send", [over_wsgi, over_asgi], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("told", TOLD, ids=lambda told: told.name)
def test_a_browser_is_told_what_the_configuration_says(told: Told, send: Any) -> None:
    """Exactly the headers of the table, on success and on every refusal, and ``Vary`` names the origin."""
    reply = send(Exchange(method=told.method, target=b"/api" + told.path.encode(), headers=told.headers))
    assert (reply.status, told_by(reply)) == (told.status, told.told)
    assert "Origin" in (reply.one("vary") or "")
