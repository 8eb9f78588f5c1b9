"""Screens of imports: the list, the wizard, and what became of a batch."""
