"""What plug-ins bring and how they are found: ports, hooks, the registry."""
