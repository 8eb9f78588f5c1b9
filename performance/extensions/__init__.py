"""What this app adds to pages, timelines and settings of the apps below it."""


def register() -> None:
    """Called once the app is ready."""
    from performance.extensions import grade_timeline, partner_changes, partner_page, workspace_changes

    for part in (partner_page, grade_timeline, workspace_changes, partner_changes):
        part.register()
