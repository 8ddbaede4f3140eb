"""Series of bookings: a space that is booked on many dates as one."""
