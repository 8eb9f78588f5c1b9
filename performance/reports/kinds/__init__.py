"""The reports that come with figures, one file for each subject."""


def register() -> None:
    """Called once the app is ready."""
    from performance.reports.kinds import cards, data, kpis, packs, plans, programme, reviews, risks, vendor

    for part in (programme, cards, risks, kpis, data, packs, reviews, plans, vendor):
        part.register()
