"""The parts of ``app_load.py``: the processes, the people at their browsers, and what is verified afterwards."""
