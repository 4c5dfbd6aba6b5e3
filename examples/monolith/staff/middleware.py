"""What every request of the back office has: its branch, and the time that it took. It knows sessions and employees."""

import time

from django.utils.functional import SimpleLazyObject

from staff.models import Branch

SESSION_KEY = "branch"


class TimingMiddleware:
    """Says in ``Server-Timing`` how long a response took, in milliseconds."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        started = time.perf_counter()
        response = self.get_response(request)
        response["Server-Timing"] = f"app;dur={(time.perf_counter() - started) * 1000:.1f}"
        return response


class BranchMiddleware:
    """``request.branch``: the one chosen in the session, else the employee's own; looked up when first asked for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.branch = SimpleLazyObject(lambda: current_branch(request))
        return self.get_response(request)


def current_branch(request):
    """The branch, or None for somebody who belongs to none and has chosen none."""
    if not request.user.is_authenticated:
        return None
    chosen = request.session.get(SESSION_KEY)
    if chosen is None:
        return request.user.branch
    return Branch.objects.filter(pk=chosen).first()


def branches(request):
    """For the menu of every page."""
    return {"branches": Branch.objects.all()}
