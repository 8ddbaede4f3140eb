"""An example of each command, and cases that show what each one does and raises."""
