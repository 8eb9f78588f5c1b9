from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    """Improvement plans: what both sides do about a KPI, judged on measured results."""

    name = "performance.plans"
    label = "plans"
    verbose_name = _("improvement plans")

    def ready(self) -> None:
        from partners.registries import FactListener, fact_listeners
        from performance.bench.registry import register_web_pages
        from performance.closings import ClosingListener, closing_listeners
        from performance.consequences import consequence_kinds
        from performance.plans import digest, notices, outcome_kind, timeline, vendor_measures, waiting
        from performance.plans.menu import register_menu
        from performance.plans.services import evaluation, leaving, preparing, proposing, suspension

        notices.register()
        waiting.register()
        digest.register()
        timeline.register()
        vendor_measures.register()
        consequence_kinds.register(outcome_kind.KIND)
        fact_listeners.register(FactListener(key="plans", call=leaving.end_plans_of_leavers))
        fact_listeners.register(FactListener(key="breaches", order=60, call=suspension.hear_of_status))
        for listener in (
            ClosingListener(key="plans_refreshed", call=preparing.hear_of_closing, hears_restatements=True, order=38),
            ClosingListener(key="plans_judged", call=evaluation.hear_of_closing, hears_restatements=True, order=40),
            ClosingListener(key="plans_proposed", call=proposing.hear_of_closing, hears_restatements=True, order=45),
        ):
            closing_listeners.register(listener)
        register_menu()
        register_web_pages("performance.plans.bench.PAGES")
