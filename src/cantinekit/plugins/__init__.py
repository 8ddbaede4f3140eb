"""What authors of plug-ins build on: the checks that all stores share, and a toolbox for stores on SQL databases."""
