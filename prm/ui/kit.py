"""What the living page of the kit shows: sample figures for every component in every state."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone

from prm.ui import charts
from prm.ui.charts import Series

QUARTERS = ("Q4 24", "Q1 25", "Q2 25", "Q3 25", "Q4 25", "Q1 26", "Q2 26", "Q3 26")
AVERAGE = (66.2, 67.1, 66.8, 68.0, 68.4, 69.0, 69.3, 71.4)
P25 = (55.1, 56.0, 55.2, 57.0, 57.5, 58.4, 58.8, 60.9)
P75 = (77.0, 77.6, 77.5, 78.4, 79.0, 79.6, 79.9, 81.8)
SCORES = (1, 2, 2, 4, 5, 8, 12, 16, 23, 31, 41, 58, 72, 86, 98, 94, 76, 52, 29, 11)
SCORES_BEFORE = (1, 1, 3, 4, 6, 9, 14, 19, 26, 35, 46, 64, 78, 84, 90, 86, 68, 46, 26, 10)
GRADES = list("E" * 8 + "D" * 4 + "C" * 3 + "B" * 3 + "A" * 2)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", help_text="As it stands on invoices.")
    target = forms.DecimalField(label="Target", required=False)
    source = forms.ChoiceField(
        label="Source", choices=[("", "Choose"), ("crm", "CRM, hourly"), ("erp", "ERP, nightly")]
    )
    starts_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    upload = forms.FileField(label="File", required=False)
    is_shared = forms.BooleanField(
        label="Share with the workspace", required=False, help_text="Everybody gets the tab."
    )
    regions = forms.MultipleChoiceField(
        label="Regions",
        choices=[("dach", "DACH"), ("nordics", "Nordics"), ("benelux", "Benelux")],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ck"}),
        required=False,
    )
    better = forms.ChoiceField(
        label="Better", choices=[("up", "Higher"), ("down", "Lower")], widget=forms.RadioSelect(attrs={"class": "ck"})
    )


def kit_context(request: HttpRequest) -> dict[str, Any]:
    """Sample data; no database."""
    now = timezone.now()
    refused = SampleForm({"refused-target": "twelve"}, prefix="refused")
    refused.is_valid()
    job = {"title": "Recalculating 412 scores", "status": "running", "is_done": False, "public_id": "1"}
    return {
        "form": SampleForm(initial={"name": "Radhaus Lindner", "better": "up", "regions": ["dach"]}),
        "refused": refused,
        "now": now,
        "yesterday": now - timedelta(days=1),
        "average": AVERAGE,
        "gaps": (66.2, None, 66.8, 68.0, None, None, 69.3, 71.4),
        "falling": (66.2, 65.0, 61.0, 60.5, 58.0, 54.2, 52.1, 51.7),
        "flat": (5, 5, 5, 5),
        "none": (None, None),
        "trend": charts.line(
            QUARTERS,
            [Series("Average", AVERAGE)],
            label="The average partner score rose from 66.2 in Q4 2024 to 71.4 in Q3 2026; the target is 72.",
            band=(P25, P75),
            band_name="Middle half of partners",
            target=72,
            target_name="Target 72",
            digits=1,
            first_column="Quarter",
            height="h240",
        ),
        "two_lines": charts.line(
            QUARTERS,
            [
                Series("Radhaus Lindner", (65.0, 66.0, None, 70.0, 71.0, 73.0, 72.8, 76.0)),
                Series("Cohort", AVERAGE, "mut"),
            ],
            label="Radhaus Lindner is above its cohort since Q3 2025.",
            digits=1,
            first_column="Quarter",
        ),
        "nothing": charts.line(QUARTERS, [Series("Average", [None] * 8)], label="Nothing yet."),
        "spread": charts.histogram(
            SCORES,
            css=GRADES,
            before=SCORES_BEFORE,
            label="Most partners score between 60 and 85; fewer than last quarter are below 40.",
            labels=["0", "20", "40", "60", "80", "100"],
            bin_names=[f"{low} to {low + 5}" for low in range(0, 100, 5)],
            columns=["Score", "Now", "Before"],
        ),
        "months": charts.columns(
            list("JFMAMJJASO"),
            [620, 540, 760, 1000, 1420, None, 920, 810, 400, 380],
            label="May paid most, June nothing.",
            provisional=[9],
            heads=["Month", "Paid"],
        ),
        "bars": charts.bars(
            [("DACH", 412, "412k"), ("Nordics", 301, "301k"), ("Benelux", 96, "96k"), ("Italy", None, "–")]
        ),
        "multiples": charts.small_multiples(
            [
                ("Sell-out", AVERAGE, "71.4"),
                ("Response", P25, "60.9"),
                ("Certified", P75, "81.8"),
                ("Claims", [None] * 8, "–"),
            ]
        ),
        "heat": [
            ("DACH", (104, 96, 121, 101, None)),
            ("Nordics", (97, 88, 112, 94, 103)),
            ("Iberia", (108, 72, 95, 82, 86)),
        ],
        "strip_values": (
            30,
            41,
            45,
            48,
            51,
            52,
            54,
            55,
            58,
            59,
            60,
            61,
            61,
            62,
            64,
            66,
            66,
            67,
            69,
            70,
            72,
            74,
            78,
            81,
            96,
        ),
        "page": Paginator(range(240), 25).get_page(request.GET.get("page", 4)),
        "job_running": {"job": job, "progress": {"percent": 62, "phase": "Quarter 3 of 4"}},
        "job_done": SimpleNamespace(
            title="Import of sellout_2026-09.csv",
            status="succeeded",
            is_done=True,
            public_id="2",
            finished_at=now,
            result_url="#",
        ),
        "job_failed": SimpleNamespace(
            title="Export of partners",
            status="failed",
            is_done=True,
            public_id="3",
            error="The file was too large. Filter the list and try again.",
        ),
    }
