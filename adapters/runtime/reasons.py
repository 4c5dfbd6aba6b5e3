"""What a driver has said beneath an error of the kernel, for an operator to read. It knows chains of exceptions; it imports no driver."""

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
