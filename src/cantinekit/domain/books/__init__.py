"""The books of a legal entity: periods that are closed, and the accounts under which its accountant knows ours."""
