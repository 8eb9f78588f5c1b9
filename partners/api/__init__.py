"""Partner records in the REST API."""
