"""A booking that ended tells its id, and no pass."""

from cantinekit.events import BookingEnded


def told(event: BookingEnded) -> None:
    """Print the booking."""
    print(event.pass_id)  # mistake
