"""A database URL as an entry of DATABASES. It opens no connection."""

from urllib.parse import unquote, urlsplit


def database(url):
    """``sqlite:///file`` or ``postgresql://user:password@host:port/name``; every request is one transaction."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path[1:],
            "ATOMIC_REQUESTS": True,
            "OPTIONS": {
                "timeout": 20,
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
    }
