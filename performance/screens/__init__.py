"""What a page shows: figures of the queries as text with their tone and their link, ready for a template."""
