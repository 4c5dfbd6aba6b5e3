"""What an error of the kernel says to an operator, and what a driver has said beneath it. It knows chains of exceptions; it imports no driver."""

from kingpost.kernel.errors import KernelError

_DRIVERS = ("psycopg", "sqlite3")
_LONGEST = 400


def driver_said(error: BaseException) -> str:
    """One line, or nothing where no driver has a part in it. Drivers name host, user and database, never a password."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__module__.partition(".")[0] in _DRIVERS:
            return " ".join(str(cause).split())[:_LONGEST]
        cause = cause.__cause__
    return ""


def told(error: KernelError) -> tuple[str, ...]:
    """One line for each thing that is wrong with what was asked, or one that tells the condition."""
    return tuple(f"{each.pointer.strip('/') or 'the request'}: {each.detail}" for each in error.errors) or (error.detail,)
