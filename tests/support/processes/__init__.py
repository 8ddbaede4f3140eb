"""Other processes: programs of the tests, installed plug-ins, and what cleans up after a run."""
