"""Decorators and a mixin for a host's own views. They know the request and what must hold of its caller."""

from collections.abc import Awaitable, Callable, Generator
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from kingpost.adapters.django_app.host import HostCall, call_of, under_loop
from kingpost.kernel.errors import KernelError

V = TypeVar("V", bound=Callable[..., Any])
Check: TypeAlias = Callable[[HostCall], object]
"""Looks at the call of a request and raises a condition of the kernel where the view must not be called."""
Steps: TypeAlias = Callable[[HostCall], Generator[None, HttpResponseBase, HttpResponseBase | None]]
"""What stands around a view, as a generator function with one bare ``yield`` for the view; see ``around``."""


def guarded(check: Check) -> Callable[[V], V]:
    """Call the view only if the check lets it pass; else answer with the problem document of what it raised.

    For function views, methods of class-based views through ``method_decorator``, and operations of django-ninja; synchronous and asynchronous.
    """

    def decorate(view: V) -> V:
        def guard(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            refusal = _refusal(request, check)
            return view(request, *arguments, **named) if refusal is None else refusal

        async def guard_async(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            refusal = await sync_to_async(_refusal)(request, check)
            return await _awaited(view(request, *arguments, **named)) if refusal is None else refusal

        return _either(view, guard, guard_async)

    return decorate


def around(steps: Steps) -> Callable[[V], V]:
    """Do something before the view and something with its response: what needs more than to refuse, such as a stored answer or a header.

    ::

        def counted(call):
            left = take_one(call.caller.principal)  # a kernel error that is raised here is answered as its problem document
            response = yield  # the view runs; what it raises comes out of the yield
            response["RateLimit-Remaining"] = str(left)


        @around(counted)
        def report(request): ...

    A ``return`` before the yield answers in place of the view; one behind it answers in place of its response. A ``with`` block around the yield
    stays open while a synchronous view runs. For an asynchronous view each half runs by itself in the request's worker thread, so a transaction
    must not reach from one into the other. An operation of django-ninja has a response only outside of it: write ``@decorate_view(around(steps))``.
    """

    def decorate(view: V) -> V:
        def surrounded(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            run = _Run(call_of(request), steps)
            if (answer := run.before()) is not None:
                return answer
            try:
                response = view(request, *arguments, **named)
            except Exception as error:  # noqa: BLE001  (the steps decide; what they do not catch goes on)
                return run.failed(error)
            return run.after(response)

        async def surrounded_async(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            run = _Run(call_of(request), steps)
            if (answer := await sync_to_async(run.before)()) is not None:
                return answer
            try:
                response = await _awaited(view(request, *arguments, **named))
            except Exception as error:  # noqa: BLE001  (as above)
                return await sync_to_async(run.failed)(error)
            return await sync_to_async(run.after)(response)

        return _either(view, surrounded, surrounded_async)

    return decorate


def requires(permission: str) -> Callable[[V], V]:
    """Call the view only if the caller holds the permission; else answer 401 or 403 with a problem document."""
    return guarded(lambda call: call.require(permission))


def tenant_scoped(view: V) -> V:
    """Call the view only for an active tenant, which is ``request.kingpost.tenant`` then; else answer 401 or 403 with a problem document."""
    return guarded(lambda call: call.tenant)(view)


class RequiresMixin:
    """For class-based views, in front of ``View``: ``class Reports(RequiresMixin, ListView): requires = "storefront.products:read"``."""

    requires: str

    def dispatch(self, request: HttpRequest, *arguments: Any, **named: Any) -> Any:
        """As the decorator."""
        view: Any = super()
        return requires(self.requires)(view.dispatch)(request, *arguments, **named)


class _Run:
    """One passage through the steps around a view."""

    def __init__(self, call: HostCall, steps: Steps) -> None:
        self._call = call
        self._name = getattr(steps, "__qualname__", repr(steps))
        self._steps = steps(call)

    def before(self) -> HttpResponseBase | None:
        """The answer in place of the view, or None where the view is to be called."""
        try:
            next(self._steps)
        except StopIteration as done:
            if done.value is None:
                raise ImproperlyConfigured(f"the steps {self._name} neither yield to the view nor return a response") from None
            return done.value
        except KernelError as error:
            return self._call.problem(error)
        return None

    def after(self, response: Any) -> HttpResponseBase:
        """What the steps make of the view's response, which is rendered, so that they see its body."""
        if not isinstance(response, HttpResponseBase):
            self._steps.close()
            raise ImproperlyConfigured(
                f"the view answered with {type(response).__name__}, which is no response yet: on an operation of django-ninja write "
                "@decorate_view(around(steps)), with decorate_view from ninja.decorators"
            )
        rendered: Any = response.render() if hasattr(response, "render") else response
        try:
            self._steps.send(rendered)
        except StopIteration as done:
            return done.value or rendered
        raise self._second_yield()

    def failed(self, error: Exception) -> HttpResponseBase:
        """What the steps answer to what the view raised, or the same exception."""
        try:
            self._steps.throw(error)
        except StopIteration as done:
            if done.value is None:
                raise error from None
            return done.value
        raise self._second_yield()

    def _second_yield(self) -> ImproperlyConfigured:
        self._steps.close()
        return ImproperlyConfigured(f"the steps {self._name} yield twice, and there is one view")


def _either(view: V, chosen: Callable[..., Any], chosen_async: Callable[..., Any]) -> V:
    """The wrapper for the view's colour; ``dispatch`` of a class-based view tells its own only by where it is called."""

    @wraps(view)
    def wrapped(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
        return (chosen_async if under_loop() else chosen)(request, *arguments, **named)

    made: Any = wraps(view)(chosen_async) if iscoroutinefunction(view) else wrapped
    return made


async def _awaited(answer: Any) -> Any:
    return await answer if isinstance(answer, Awaitable) else answer


def _refusal(request: HttpRequest, check: Check) -> HttpResponse | None:
    call = call_of(request)
    try:
        check(call)
    except KernelError as error:
        return call.problem(error)
    return None
