"""Who an employee is to Kingpost; it stands in the copy of the monolith as ``staff/people.py``. It knows branches: each is a tenant."""

from kingpost.adapters.django_app.people import kernel_permissions, of_platform, of_tenant


def person(user):  # noqa: ANN001, ANN201  (the monolith has no types)
    """Somebody of a branch is of the tenant with its code; without a branch only a superuser is anybody."""
    if user.branch_id is not None:
        return of_tenant(user, host_ref=user.branch.code, permissions=kernel_permissions(user))
    return of_platform(user, permissions=None) if user.is_superuser else None
