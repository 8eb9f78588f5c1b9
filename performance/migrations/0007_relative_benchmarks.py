"""Benchmarks may follow from an earlier result; what cohorts came to in closed periods is kept for them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import prm.tenancy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0002_partner_access_reference'),
        ('performance', '0006_restatements'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CohortActuals',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('programme', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.programme', verbose_name='programme')),
                ('period', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='performance.periodrow', verbose_name='period')),
                ('kpi', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='performance.kpi', verbose_name='KPI')),
                ('partner_type', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partnertype', verbose_name='partner type')),
                ('tier', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.tier', verbose_name='tier')),
                ('actuals', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=6, max_digits=30), size=None, verbose_name='results')),
            ],
            options={
                'verbose_name': 'results of a cohort',
                'verbose_name_plural': 'results of cohorts',
            },
        ),
        migrations.AddField(
            model_name='benchmark',
            name='basis',
            field=models.CharField(choices=[('absolute', 'Values of the KPI'), ('own_year', "Percent of the partner's own result a year earlier"), ('own_period', "Percent of the partner's own result in the period before"), ('cohort', 'Percentiles of similar partners in the last closed period')], db_default='absolute', default='absolute', max_length=10, verbose_name='measured by'),
        ),
        migrations.AddIndex(
            model_name='benchmark',
            index=models.Index(condition=models.Q(('basis', 'absolute'), _negated=True), fields=['tenant', 'kpi'], name='benchmark_relative'),
        ),
        migrations.AddConstraint(
            model_name='benchmark',
            constraint=models.CheckConstraint(condition=models.Q(('basis', 'absolute'), models.Q(('basis__in', ['own_year', 'own_period']), ('floor__gte', 0), ('stretch__gte', 0), ('target__gte', 0), ('chart_target__isnull', True)), models.Q(('basis', 'cohort'), ('floor__gte', 0), ('stretch__gte', 0), ('target__gte', 0), ('chart_target__isnull', True), ('floor__lte', 100), ('stretch__lte', 100), ('target__lte', 100), models.Q(('ceiling__isnull', True), ('ceiling__lte', 100), _connector='OR')), _connector='OR'), name='benchmark_basis_fits'),
        ),
        migrations.AddConstraint(
            model_name='cohortactuals',
            constraint=models.UniqueConstraint(fields=('tenant', 'programme', 'period', 'kpi', 'partner_type', 'tier'), name='cohort_actuals_once', nulls_distinct=False),
        ),
    ]
