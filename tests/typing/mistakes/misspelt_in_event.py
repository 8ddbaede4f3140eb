"""An event about a booking names it by ``booking_id``."""

from cantinekit.events import BookingApproved


def told(event: BookingApproved) -> None:
    """Print the booking that is approved."""
    print(event.bookingid)  # mistake
