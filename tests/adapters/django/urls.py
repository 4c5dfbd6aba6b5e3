"""The host's URLs: its own views, and Kingpost under a prefix."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from tests.adapters.django import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("host/whoami", views.whoami),
    path("host/guarded", views.guarded),
    path("host/open", csrf_exempt(views.guarded)),
    path("host/product", views.product),
    path("host/broken", views.broken),
    path("api/", include("kingpost.adapters.django_app.urls")),
]
