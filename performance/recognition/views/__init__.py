"""Screens of recognition in the manager workspace."""
