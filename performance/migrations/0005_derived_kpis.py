"""Medians, distinct counts and KPIs derived from others, and the actuals that months cannot compose."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import performance.models.keys
import prm.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0002_partner_access_reference"),
        ("performance", "0004_cohort_index"),
        ("tenancy", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KPIInput",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "kpi",
                    prm.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inputs",
                        to="performance.kpi",
                        verbose_name="KPI",
                    ),
                ),
                (
                    "source",
                    prm.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="used_by",
                        to="performance.kpi",
                        verbose_name="made from",
                    ),
                ),
                (
                    "tenant",
                    prm.tenancy.fields.TenantOwner(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "input of a KPI",
                "verbose_name_plural": "inputs of a KPI",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="PeriodActual",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "partner_id",
                        "kpi_id",
                        "ym_from",
                        "months",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ym_from", models.IntegerField()),
                ("months", models.SmallIntegerField()),
                ("actual", models.DecimalField(decimal_places=6, max_digits=30)),
                (
                    "kpi",
                    performance.models.keys.BulkKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="performance.kpi",
                    ),
                ),
                (
                    "partner",
                    performance.models.keys.BulkKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.partner",
                    ),
                ),
                (
                    "tenant",
                    performance.models.keys.BulkTenantOwner(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "actual of a period",
                "verbose_name_plural": "actuals of periods",
            },
        ),
        migrations.RemoveConstraint(
            model_name="kpi",
            name="kpi_aggregation_known",
        ),
        migrations.AddField(
            model_name="kpi",
            name="attribute",
            field=models.CharField(blank=True, max_length=60, verbose_name="attribute to count"),
        ),
        migrations.AddField(
            model_name="kpi",
            name="compare_with",
            field=models.CharField(
                choices=[("year", "The same period a year earlier"), ("period", "The period before")],
                default="year",
                max_length=6,
                verbose_name="growth against",
            ),
        ),
        migrations.AddField(
            model_name="kpi",
            name="formula",
            field=models.CharField(blank=True, max_length=500, verbose_name="formula"),
        ),
        migrations.AlterField(
            model_name="kpi",
            name="aggregation",
            field=models.CharField(
                choices=[
                    ("sum", "Sum of values"),
                    ("average", "Weighted average of values"),
                    ("ratio", "Sum of values divided by sum of weights"),
                    ("last", "Latest value"),
                    ("count", "Number of measurements"),
                    ("median", "Median of values"),
                    ("distinct", "Number of different values of an attribute"),
                    ("growth", "Growth of another KPI"),
                    ("quotient", "One KPI divided by another"),
                    ("formula", "Formula over other KPIs"),
                ],
                default="sum",
                max_length=8,
                verbose_name="aggregation",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "aggregation__in",
                        [
                            "sum",
                            "average",
                            "ratio",
                            "last",
                            "count",
                            "median",
                            "distinct",
                            "growth",
                            "quotient",
                            "formula",
                        ],
                    )
                ),
                name="kpi_aggregation_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(("compare_with__in", ["year", "period"])), name="kpi_compare_with_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("aggregation", "distinct"), models.Q(("attribute", ""), _negated=True)),
                    models.Q(models.Q(("aggregation", "distinct"), _negated=True), ("attribute", "")),
                    _connector="OR",
                ),
                name="kpi_attribute_of_distinct",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("aggregation", "formula"), models.Q(("formula", ""), _negated=True)),
                    models.Q(models.Q(("aggregation", "formula"), _negated=True), ("formula", "")),
                    _connector="OR",
                ),
                name="kpi_formula_of_formula",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpiinput",
            constraint=models.UniqueConstraint(fields=("tenant", "kpi", "position"), name="kpi_input_position_once"),
        ),
    ]
