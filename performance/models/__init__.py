"""KPIs, benchmarks, templates, measurements and the scorecards made of them."""

from performance.models.alert import SEVERITY_PLACES, Alert, AlertRule, AlertWatch
from performance.models.benchmark import PERIOD_KINDS, Benchmark
from performance.models.closing import ClosingTask
from performance.models.cohort import CohortActuals
from performance.models.evidence import MeasurementEvidence
from performance.models.kpi import KPI, KPIInput
from performance.models.measurement import DirtyPair, Measurement, MeasurementHistory, PeriodActual, Rollup
from performance.models.outcome import Outcome
from performance.models.outlook import CardOutlook
from performance.models.scorecard import TOTAL_SCALE, PeriodRow, Restatement, Run, Scorecard
from performance.models.source import MeasurementSource, SourceDelivery, SourceKPI, SourceRules
from performance.models.template import (
    BandConsequence,
    GradeBand,
    ScorecardTemplate,
    TemplateLine,
    TemplateLineType,
    TemplateSection,
)
from performance.models.vendor import VendorScorecardRules, VendorTarget
from performance.models.whatif import WhatIf, WhatIfBasis, WhatIfBenchmark, WhatIfMove

__all__ = [
    "KPI",
    "PERIOD_KINDS",
    "SEVERITY_PLACES",
    "TOTAL_SCALE",
    "Alert",
    "AlertRule",
    "AlertWatch",
    "BandConsequence",
    "Benchmark",
    "CardOutlook",
    "ClosingTask",
    "CohortActuals",
    "DirtyPair",
    "GradeBand",
    "KPIInput",
    "Measurement",
    "MeasurementEvidence",
    "MeasurementHistory",
    "MeasurementSource",
    "Outcome",
    "PeriodActual",
    "PeriodRow",
    "Restatement",
    "Rollup",
    "Run",
    "Scorecard",
    "ScorecardTemplate",
    "SourceDelivery",
    "SourceKPI",
    "SourceRules",
    "TemplateLine",
    "TemplateLineType",
    "TemplateSection",
    "VendorScorecardRules",
    "VendorTarget",
    "WhatIf",
    "WhatIfBasis",
    "WhatIfBenchmark",
    "WhatIfMove",
]
