"""How the tests read a refusal. It knows problem documents, no operation."""

from kingpost.conformance.target import Reply


def refusal(reply: Reply) -> tuple[int, object]:
    """Status and code of a problem document."""
    return reply.status, reply.json().get("code")
