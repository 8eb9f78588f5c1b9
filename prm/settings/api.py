"""Settings of the REST API: rates, and what its schema says of the whole. Only the settings may name every app."""

import environ

env = environ.Env()

_DESCRIPTION = """\
Partners, figures and scorecards of one workspace, for other systems.

Send a key as `Authorization: Bearer <key>`. A workspace admin makes keys under Settings, API keys, and chooses what
each may do. Every record is addressed by the number or key that other systems know it by. Creating and changing are
idempotent: the same call twice changes nothing. Lists come in pages; follow `next` until it is null. Fields and
parameters that do not exist are refused, never ignored. Every answer carries `X-Request-ID`.
"""

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "prm.api.schema.ApiSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["prm.api.authority.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["prm.api.authority.KeyScope"],
    "UNAUTHENTICATED_USER": None,
}
API_RATES = {
    "read": env.str("API_RATE_READ", default="1200/min"),
    "write": env.str("API_RATE_WRITE", default="600/min"),
    "bulk": env.str("API_RATE_BULK", default="60/min"),
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{env.str('PRODUCT_NAME', default='Tandem')} API",
    "VERSION": "1",
    "DESCRIPTION": _DESCRIPTION,
    "TAGS": [
        {"name": "partners", "description": "Partners and their status and tier."},
        {"name": "contacts", "description": "People at partners."},
        {"name": "lists", "description": "The lists that partners refer to."},
        {"name": "kpis", "description": "What is measured."},
        {"name": "benchmarks", "description": "What is expected."},
        {"name": "measurements", "description": "Facts, one by one or many at once."},
        {"name": "sources", "description": "Where measurements come from, and who is late."},
        {"name": "templates", "description": "Versions of scorecards, checked and tried before they are published."},
        {"name": "what-ifs", "description": "Drafts of scorecards and benchmarks, tried on past periods."},
        {"name": "scorecards", "description": "What came of them, with lines and receipts."},
        {"name": "outlook", "description": "What may become of them: projection, next steps, risks, and words."},
        {"name": "restatements", "description": "Closed scorecards that late facts would change."},
        {"name": "plans", "description": "Improvement plans: drafts, the vendor's steps, and how they stand."},
        {"name": "breaches", "description": "Serious breaches: reported here, decided about by two people."},
        {"name": "recognition", "description": "Badges, who was awarded them and why, and league tables."},
        {"name": "reports", "description": "Rows and files of the catalogue, and the schedules that send them."},
        {"name": "reviews", "description": "Reviews of partners: both sides, result, actions."},
        {"name": "alerts", "description": "What somebody should look at, and the rules that raise it."},
        {"name": "vendor scorecard", "description": "How well this company keeps its own side towards partners."},
        {"name": "runs", "description": "The manifests of recomputes."},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "prm.api.schema.describe",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PartnerStatusEnum": "partners.choices.PartnerStatus",
        "PeriodKindEnum": "performance.models.PERIOD_KINDS",
        "DirectionEnum": "performance.choices.Direction",
        "AlertKindEnum": "performance.choices.AlertKind",
        "OriginEnum": "performance.recognition.choices.AwardOrigin",
        "PlanStatusEnum": "performance.plans.choices.PlanStatus",
        "PlanOriginEnum": "performance.plans.choices.PlanOrigin",
        "BreachKindEnum": "performance.plans.choices.BreachKind",
        "BreachStatusEnum": "performance.plans.choices.BreachStatus",
        "BadgeKindEnum": "performance.recognition.choices.BadgeKind",
        "AlertRuleKindEnum": "performance.choices.AlertKind.of_rules",
        "TimingEnum": "performance.choices.AlertTiming",
        "ConsequenceTimingEnum": "performance.choices.ConsequenceTiming",
        "ConsequenceStateEnum": "performance.choices.OutcomeState",
        "AlertSeverityEnum": "performance.choices.AlertSeverity",
        "AlertStatusEnum": "performance.choices.AlertStatus",
        "FindingSeverityEnum": "performance.linter.Severity",
        "RestatementStatusEnum": "performance.choices.RestatementStatus",
        "StateEnum": "performance.choices.LineState",
        "JobStateEnum": "prm.jobs.models.JobStatus",
        "WhatIfStatusEnum": "performance.choices.WhatIfStatus",
        "RiskReasonEnum": "performance.outlook.risks.REASONS",
        "SourceTypeEnum": "performance.choices.SourceType",
        "SourceTypeOfPeopleEnum": "performance.choices.SourceType.of_people",
        "ScheduleStatusEnum": "performance.reports.choices.ScheduleStatus",
        "StaffRoleEnum": "prm.access.roles.STAFF_ROLE_CHOICES",
        "ContactRoleEnum": "partners.choices.ContactRole",
        "SourceStateEnum": "performance.choices.SourceState",
        "OutcomeEnum": ["created", "updated", "unchanged"],
    },
}
