"""The rules of reviews. Pure: no models, no queries, no database."""
