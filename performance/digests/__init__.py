"""What morning mails and notices say of figures, one file for each part."""


def register() -> None:
    """Called once the app is ready."""
    from performance.digests import alerts, closings, outcomes, sources

    for part in (alerts, closings, outcomes, sources):
        part.register()
