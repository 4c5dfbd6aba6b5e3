"""Where everything is. It knows the apps and none of their views."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
    path("customers/", include("customers.urls")),
    path("orders/", include("orders.urls")),
    path("invoices/", include("invoices.urls")),
    path("", include("staff.urls")),
]
