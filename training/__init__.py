"""Courses, certification and the knowledge base will live here; performance lies below, the portal above."""
