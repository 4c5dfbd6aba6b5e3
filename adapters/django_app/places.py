"""Where Kingpost stands in a project's URLs. It knows names and prefixes; it loads neither Ninja nor a kernel, so it can be asked early."""

from functools import cache
from typing import Any

from django.urls import NoReverseMatch, get_script_prefix, reverse

from kingpost.kernel.errors import ConfigurationError

NAMESPACE = "kingpost"
FALLBACK = "fallback"


@cache
def prefix_of(urlconf: Any) -> str:
    """Where the URLconf mounts Kingpost: empty or ``/like/this``, without SCRIPT_NAME. ``ConfigurationError`` where it does not, or under a variable."""
    try:
        place = reverse(f"{NAMESPACE}:{FALLBACK}", urlconf=urlconf)
    except NoReverseMatch as error:
        message = (
            "Kingpost's URLs are not mounted at a fixed place: write path('api/', include('kingpost.adapters.django_app.urls')) "
            f"without a variable before it ({error})"
        )
        raise ConfigurationError(message) from error
    return place[len(get_script_prefix()) - 1 :].rstrip("/")
