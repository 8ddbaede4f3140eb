"""An answer is a text, an integer or yes/no."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.Register(session_id="s1", person_id="zoe", answers={"size": ["M"]})  # mistake
