"""Life cycles: what becomes of a record when it is paid for, or when its time is over."""
