"""Series of bookings: a space booked on many dates as one."""
