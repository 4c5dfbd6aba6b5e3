"""Settings of the standalone site, made from the process's KINGPOST_* settings. It knows what Django wants to be told, and serves no host."""

from kingpost.adapters.django_app.deployment import refuse_people
from kingpost.adapters.django_app.installing import entries
from kingpost.adapters.django_app.site.databases import database
from kingpost.adapters.runtime.composition import settings_of_process
from kingpost.kernel.policy import derive

_kingpost = settings_of_process()
refuse_people(_kingpost)

SECRET_KEY = derive(_kingpost.secret, "django")[0].hex()  # Django wants one; nothing of Kingpost uses it
DEBUG = False
ALLOWED_HOSTS = ["*"]  # the kernel checks hosts, tenants' own among them
INSTALLED_APPS = list(entries(*_kingpost.components))
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "kingpost.adapters.django_app.site.urls"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # the kernel's limit holds
USE_TZ = True
USE_I18N = False
DATABASES = {"default": database(_kingpost, lasting=True)}
LOGGING_CONFIG = None  # the kernel writes its own lines

KINGPOST = {
    "SECRET": _kingpost.secret,
    "HOSTS": _kingpost.hosts,
    "CORS_ORIGINS": _kingpost.cors_origins,
    "CORS_CREDENTIALS": _kingpost.cors_credentials,
    "CORS_MAX_AGE": _kingpost.cors_max_age,
    "BODY_LIMIT": _kingpost.body_limit,
    "REQUEST_SECONDS": _kingpost.request_seconds,
    "LOG_FORMAT": _kingpost.log_format,
    "DOCS": _kingpost.docs,
    "METRICS": _kingpost.metrics,
    "ACCESS_LOG": _kingpost.access_log,
    "ACCEPT_WEAKENED_ETAGS": _kingpost.accept_weakened_etags,
    "CACHE_SECONDS": _kingpost.cache_seconds,
    "HTTP_ALLOW": _kingpost.http_allow,
}
KINGPOST_PREFIX = _kingpost.prefix
