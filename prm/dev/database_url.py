"""Small changes to database addresses."""

from urllib.parse import urlsplit


def with_database(url: str, database: str) -> str:
    """The same address for another database."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{database}{query}"


def database_name(url: str) -> str:
    """The database an address points at."""
    return urlsplit(url).path.lstrip("/")
