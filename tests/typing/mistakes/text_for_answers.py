"""Answers are a mapping of the keys of questions."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.Register(session_id="s1", person_id="zoe", answers="M")  # mistake
