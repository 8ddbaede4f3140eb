"""Reading what was written for people: reference pages, the trace of a request, pictures."""
