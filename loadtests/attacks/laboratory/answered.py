"""Whether a server had its say, or was too busy for it."""

from loadtests.clients.blocking_client import Reply


def answered(reply: Reply) -> bool:
    """True unless there was no reply in time, or one that says that the server or its store is overloaded.

    Several servers under attack share the processors: whoever is not answered asks again, or leaves it out.
    """
    return 0 < reply.status < 500
