from locust import User, task


class ScheduledUser(User):
    """The one user that Locust spawns, however many are asked for: the rate is the schedule's.

    Locust runs its task over and over; a subclass says what one turn is.
    """

    abstract = True
    fixed_count = 1

    @task
    def take_turn(self) -> None:
        self.turn()

    def wait_time(self) -> float:
        return 0.0

    def turn(self) -> None:
        """Do one piece of work; may wait on gevent."""
        raise NotImplementedError
