"""Commands at the same time: in every order of their steps, in threads, and in processes."""
