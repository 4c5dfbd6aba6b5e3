"""The error tree: one class per condition. It knows codes, statuses and retry facts; it knows nothing of HTTP frameworks.

::

    KernelError
    ├── BadRequest                 400 bad-request
    │   ├── MalformedJson          400 malformed-json
    │   ├── MalformedHeader        400 malformed-header
    │   ├── MalformedPath          400 malformed-path
    │   ├── MalformedQuery         400 malformed-query
    │   ├── MalformedCursor        400 malformed-cursor
    │   ├── UnknownHost            400 unknown-host
    │   ├── UnknownVersion         400 unknown-version
    │   └── IdempotencyKeyMissing  400 idempotency-key-missing
    ├── Unauthenticated            401 unauthenticated
    ├── Forbidden                  403 forbidden
    │   ├── CsrfFailed             403 csrf-failed
    │   ├── PermissionMissing      403 permission-missing
    │   ├── PlatformOnly           403 platform-only
    │   ├── TenantRequired         403 tenant-required
    │   ├── TenantMismatch         403 tenant-mismatch
    │   ├── TenantSuspended        403 tenant-suspended
    │   └── TenantClosed           403 tenant-closed
    ├── NotFound                   404 not-found
    ├── MethodNotAllowed           405 method-not-allowed
    ├── NotAcceptable              406 not-acceptable
    ├── Conflict                   409 conflict
    │   └── InvalidTransition      409 invalid-transition
    ├── PreconditionFailed         412 precondition-failed
    │   ├── StaleVersion           412 stale-version
    │   └── WeakEtag               412 weak-etag
    ├── BodyTooLarge               413 body-too-large
    ├── PathTooLong                414 path-too-long
    ├── UnsupportedMediaType       415 unsupported-media-type
    ├── Invalid                    422 invalid
    ├── UpgradeUnsupported         426 upgrade-unsupported
    ├── PreconditionRequired       428 precondition-required
    ├── RateLimited                429 rate-limited
    ├── HeadersTooLarge            431 headers-too-large
    ├── InternalError              500 internal-error
    └── Unavailable                503 unavailable
        └── Timeout                503 timeout

A leaf of a component (``SlugTaken``) derives from the condition it refines and lives in that component; those of calls to other services
live in ``outbound``.
``detail`` is for people and never echoes an id, a secret or another tenant's value; ``params`` is for programs.
"""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar, TypeAlias

from msgspec import Struct

Param: TypeAlias = str | int | bool | tuple[str, ...]
Params: TypeAlias = Mapping[str, Param]


class Retry(Enum):
    """Whether sending the same request again can help."""

    NEVER = "never"
    """The same request gives the same answer."""
    LATER = "later"
    """The same request may succeed after a wait (``Retry-After`` says how long)."""
    AFTER_RELOAD = "after-reload"
    """Load the current state first, decide again, then send a new request."""


class FieldError(Struct, frozen=True, kw_only=True):
    """One thing wrong with one value of a request.

    ``pointer`` is an RFC 6901 JSON Pointer into the body (``/items/0/sku``), or ``query:limit``, ``path:id``, ``header:Tenant``.
    """

    pointer: str
    code: str
    detail: str
    params: Params = {}


class KernelError(Exception):
    """The root; never raised itself. Every subclass is one condition with a stable code."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    retry: ClassVar[Retry] = Retry.NEVER

    def __init__(
        self,
        detail: str | None = None,
        *,
        params: Params | None = None,
        errors: tuple[FieldError, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """``detail`` defaults to the title; ``headers`` go out with the problem document (``Allow``, ``Retry-After``)."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.params: Params = params or {}
        self.errors = errors
        self.headers = headers


class BadRequest(KernelError):
    """The request cannot be understood (RFC 9110 section 15.5.1)."""

    code, status, title = "bad-request", 400, "The request cannot be understood."


class MalformedJson(BadRequest):
    """The body is not strict JSON (RFC 8259, with the limits of I-JSON)."""

    code, title = "malformed-json", "The body is not well-formed JSON."


class MalformedHeader(BadRequest):
    """A header that Kingpost reads is repeated or does not follow its grammar."""

    code, title = "malformed-header", "A header is malformed."


class MalformedPath(BadRequest):
    """The path holds invalid UTF-8, control characters or a broken percent-escape."""

    code, title = "malformed-path", "The path is malformed."


class MalformedQuery(BadRequest):
    """The query string cannot be parsed or has too many parameters."""

    code, title = "malformed-query", "The query string is malformed."


class MalformedCursor(BadRequest):
    """The cursor was not issued by this server for this tenant, list and filter."""

    code, title = "malformed-cursor", "The cursor is not valid for this list."


class UnknownHost(BadRequest):
    """The ``Host`` header is absent, malformed or not one of ours."""

    code, title = "unknown-host", "The host is not served here."


class UnknownVersion(BadRequest):
    """``API-Version`` is malformed or not supported."""

    code, title = "unknown-version", "The API version is not supported."


class IdempotencyKeyMissing(BadRequest):
    """The operation requires an ``Idempotency-Key`` and none was sent."""

    code, title = "idempotency-key-missing", "This operation requires an Idempotency-Key header."


class Unauthenticated(KernelError):
    """No credential, or one that proves nothing (RFC 9110 section 15.5.2)."""

    code, status, title = "unauthenticated", 401, "Valid credentials are required."

    def __init__(self, detail: str | None = None, *, challenge: str = "Bearer") -> None:
        """``challenge`` is the value of ``WWW-Authenticate`` (RFC 6750 section 3)."""
        super().__init__(detail, headers=(("www-authenticate", challenge),))


class Forbidden(KernelError):
    """The caller is known and may not do this."""

    code, status, title = "forbidden", 403, "The caller may not do this."


class PermissionMissing(Forbidden):
    """The caller lacks the permission of the operation; ``params.permission`` names it."""

    code, title = "permission-missing", "The caller lacks the permission that this operation needs."


class CsrfFailed(Forbidden):
    """A change that a browser's cookie vouches for alone: another site may have caused it. ``detail`` says what to send; ``params.reason`` which proof failed."""

    code, title = "csrf-failed", "The request does not prove that it comes from a page of this site."


class PlatformOnly(Forbidden):
    """A tenant's credential was used on a platform operation."""

    code, title = "platform-only", "This operation is for platform credentials."


class TenantRequired(Forbidden):
    """A platform credential was used on a tenant's operation."""

    code, title = "tenant-required", "This operation needs a credential of a tenant."


class TenantMismatch(Forbidden):
    """``Tenant`` header, host name and credential do not name the same tenant."""

    code, title = "tenant-mismatch", "The request names another tenant than its credential."


class TenantSuspended(Forbidden):
    """The tenant is suspended: nothing of it can be read or changed until it is resumed."""

    code, title = "tenant-suspended", "The tenant is suspended."


class TenantClosed(Forbidden):
    """The tenant is closed."""

    code, title = "tenant-closed", "The tenant is closed."


class NotFound(KernelError):
    """It does not exist, or belongs to another tenant: the answer is the same."""

    code, status, title = "not-found", 404, "There is no such resource."


class MethodNotAllowed(KernelError):
    """The path exists and does not know the method; ``Allow`` lists those it knows."""

    code, status, title = "method-not-allowed", 405, "The method is not allowed on this path."


class NotAcceptable(KernelError):
    """``Accept`` rules out the media type of the answer."""

    code, status, title = "not-acceptable", 406, "The answer is not available in an accepted media type."


class Conflict(KernelError):
    """The change breaks a rule of the stored data; ``params.rule`` names it."""

    code, status, title, retry = "conflict", 409, "The change conflicts with the current state.", Retry.AFTER_RELOAD

    @property
    def rule(self) -> str:
        """The name of the broken rule: ``unique:<table>:<columns>``, ``reference:<table>:<columns>``, or empty."""
        return str(self.params.get("rule", ""))


class InvalidTransition(Conflict):
    """The resource is not in a state from which this change is possible; ``params`` holds ``state`` and ``action``."""

    code, title = "invalid-transition", "The resource is not in a state that allows this."


class PreconditionFailed(KernelError):
    """A precondition of the request does not hold (RFC 9110 section 13)."""

    code, status, title, retry = "precondition-failed", 412, "A precondition of the request failed.", Retry.AFTER_RELOAD


class StaleVersion(PreconditionFailed):
    """The resource has changed since the version that the caller knows."""

    code, title = "stale-version", "The resource has changed since it was loaded."


class WeakEtag(PreconditionFailed):
    """``If-Match`` holds a weak tag, most often made weak by a compressing proxy."""

    code, title = "weak-etag", "If-Match needs the strong entity tag; a proxy that compresses may have weakened it."


class BodyTooLarge(KernelError):
    """The body is larger than the limit; ``params.limit`` is in bytes."""

    code, status, title = "body-too-large", 413, "The body is too large."


class PathTooLong(KernelError):
    """The request target is longer than the limit; ``params.limit`` is in bytes."""

    code, status, title = "path-too-long", 414, "The request target is too long."


class UnsupportedMediaType(KernelError):
    """The body is not declared as plain UTF-8 JSON."""

    code, status, title = "unsupported-media-type", 415, "The body must be application/json in UTF-8, without content encoding."


class Invalid(KernelError):
    """The request is well-formed and its values are not acceptable; ``errors`` lists all that is wrong."""

    code, status, title = "invalid", 422, "The request is not valid."


class UpgradeUnsupported(KernelError):
    """The connection cannot be upgraded (WebSocket) on this path."""

    code, status, title = "upgrade-unsupported", 426, "This server answers plain HTTP requests here."


class PreconditionRequired(KernelError):
    """The operation changes a versioned resource and needs ``If-Match`` (RFC 6585 section 3)."""

    code, status, title, retry = "precondition-required", 428, "This operation requires an If-Match header.", Retry.AFTER_RELOAD


class RateLimited(KernelError):
    """The caller has used up its allowance (RFC 6585 section 4)."""

    code, status, title, retry = "rate-limited", 429, "Too many requests.", Retry.LATER


class HeadersTooLarge(KernelError):
    """One header line or their number exceeds the limit (RFC 6585 section 5)."""

    code, status, title = "headers-too-large", 431, "The request headers are too large."


class InternalError(KernelError):
    """Something unforeseen. The answer carries the request id and nothing of the inside."""

    code, status, title, retry = "internal-error", 500, "An internal error occurred.", Retry.LATER


class Unavailable(KernelError):
    """A store or service that is needed cannot be reached now; nothing was changed unless ``detail`` says otherwise."""

    code, status, title, retry = "unavailable", 503, "The service is temporarily unavailable.", Retry.LATER

    def __init__(self, detail: str | None = None, *, params: Params | None = None, retry_after: int = 1) -> None:
        """``retry_after`` is in seconds."""
        super().__init__(detail, params=params, headers=(("retry-after", str(retry_after)),))


class Timeout(Unavailable):
    """The deadline of the request or of a statement has passed."""

    code, title = "timeout", "The request took too long."


class ConfigurationError(Exception):
    """The composition is wrong: a component, an operation or a setting. Raised at assembly, never in a request.

    The message says what is wrong and how to mend it.
    """
