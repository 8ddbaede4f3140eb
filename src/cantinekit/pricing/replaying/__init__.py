"""Usages of the past priced by another list: a frame in, a frame of the same kind out, with the state in order.

``_replay`` has the call, ``_frames`` and ``_columns`` read, ``_usages`` makes questions of rows, ``_fold`` asks them,
and ``_shelf`` keeps what they leave.
"""
