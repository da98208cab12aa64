"""`authbench agent`: start servers and a store on this host for a run that is elsewhere."""


def agent() -> None:
    """Be the application's or the store's host of a run. `run --hosts` starts it, nobody by hand.

    It reads orders from its input and ends with it, and with it everything that it has started. For a service
    that it did not start (`run --target --hosts`) it only reads what its processes use.

    Exit 0: the input has ended. 2: it cannot work here, for instance because another run measures here.

    Example: authbench agent
    """
    from loadtests.harness.hosts.agent import run_agent

    run_agent()
