"""A booking ends ``declined``, and never ``refused``."""

from cantinekit.events import BookingEnded


def told(event: BookingEnded) -> bool:
    """Whether it was declined."""
    return event.state == "refused"  # mistake
