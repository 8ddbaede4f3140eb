"""Real servers on the loopback: mail, web hooks, CalDAV; and the stages of notifiers that use them."""
