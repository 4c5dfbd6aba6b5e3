"""Kingpost inside Django. This door is imported before Django is ready, so it knows nothing of what lies behind it.

``INSTALLED_APPS = [*kingpost.apps("tenancy"), ...]`` installs it, ``path("", include("kingpost.adapters.django_app.urls"))`` mounts it.
"""
