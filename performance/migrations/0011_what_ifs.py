"""What-ifs: drafts of scorecards and benchmarks tried on past periods, and what came of them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import performance.models.keys
import prm.tenancy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0002_partner_access_reference'),
        ('performance', '0010_alerts'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='WhatIf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('template_is_ours', models.BooleanField(default=False)),
                ('periods', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), size=None, verbose_name='periods')),
                ('status', models.CharField(choices=[('open', 'Draft'), ('published', 'Published'), ('discarded', 'Discarded')], default='open', max_length=10, verbose_name='status')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('created_by', models.CharField(blank=True, max_length=160, verbose_name='by')),
                ('replayed_at', models.DateTimeField(blank=True, null=True, verbose_name='replayed')),
                ('replayed_by', models.CharField(blank=True, max_length=160, verbose_name='replayed by')),
                ('replayed_rules', models.CharField(blank=True, max_length=64)),
                ('figures', models.JSONField(blank=True, null=True, verbose_name='figures')),
                ('changes', models.JSONField(blank=True, default=list, verbose_name='what the draft changes')),
                ('basis_at', models.DateTimeField(blank=True, null=True, verbose_name='results taken')),
                ('basis_periods', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), blank=True, default=list, size=None)),
                ('basis_run', models.BigIntegerField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('settled_by', models.CharField(blank=True, max_length=160, verbose_name='settled by')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='takes effect on')),
                ('programme', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='what_ifs', to='partners.programme', verbose_name='programme')),
                ('template', prm.tenancy.fields.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='what_ifs', to='performance.scorecardtemplate', verbose_name='draft')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'what-if',
                'verbose_name_plural': 'what-ifs',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='WhatIfBasis',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_member', models.BooleanField()),
                ('always', models.BooleanField()),
                ('has_card', models.BooleanField()),
                ('total_e4', models.IntegerField(null=True)),
                ('rated', models.BooleanField()),
                ('grade', models.CharField(max_length=12)),
                ('kpis', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('actuals', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=6, max_digits=30, null=True), size=None)),
                ('partner', performance.models.keys.BulkKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
                ('partner_type', performance.models.keys.BulkKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partnertype')),
                ('period', performance.models.keys.BulkKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='performance.periodrow')),
                ('region', performance.models.keys.BulkKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.region')),
                ('tenant', performance.models.keys.BulkTenantOwner(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('tier', performance.models.keys.BulkKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.tier')),
                ('what_if', performance.models.keys.BulkKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='performance.whatif')),
            ],
            options={
                'verbose_name': 'basis of a what-if',
                'verbose_name_plural': 'bases of what-ifs',
            },
        ),
        migrations.CreateModel(
            name='WhatIfBenchmark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period_kind', models.CharField(choices=[('month', 'Month'), ('quarter', 'Quarter'), ('half', 'Half-year'), ('year', 'Year')], max_length=8, verbose_name='period')),
                ('scope', models.CharField(choices=[('partner', 'One partner'), ('tier', 'A tier'), ('type', 'A partner type'), ('region', 'A region'), ('all', 'Everyone')], default='all', max_length=8, verbose_name='for')),
                ('direction', models.CharField(choices=[('higher', 'Higher is better'), ('lower', 'Lower is better'), ('band', 'Best inside a band')], editable=False, max_length=6, verbose_name='direction')),
                ('basis', models.CharField(choices=[('absolute', 'Values of the KPI'), ('own_year', "Percent of the partner's own result a year earlier"), ('own_period', "Percent of the partner's own result in the period before"), ('cohort', 'Percentiles of similar partners in the last closed period')], db_default='absolute', default='absolute', max_length=10, verbose_name='measured by')),
                ('floor', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='floor')),
                ('target', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='target')),
                ('stretch', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='stretch')),
                ('ceiling', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='ceiling')),
                ('kpi', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='performance.kpi', verbose_name='KPI')),
                ('partner', prm.tenancy.fields.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner', verbose_name='partner')),
                ('partner_type', prm.tenancy.fields.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partnertype', verbose_name='partner type')),
                ('region', prm.tenancy.fields.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.region', verbose_name='region')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('tier', prm.tenancy.fields.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.tier', verbose_name='tier')),
                ('what_if', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='benchmarks', to='performance.whatif')),
            ],
            options={
                'verbose_name': 'benchmark of a what-if',
                'verbose_name_plural': 'benchmarks of what-ifs',
                'ordering': ['kpi__name', 'period_kind', 'scope', 'id'],
            },
        ),
        migrations.CreateModel(
            name='WhatIfMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('up', 'Better grade'), ('down', 'Worse grade'), ('rated', 'Newly rated'), ('unrated', 'No longer rated'), ('new', 'New scorecard'), ('gone', 'No scorecard any more')], max_length=10, verbose_name='moves')),
                ('old_total', models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name='total now')),
                ('new_total', models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name='total then')),
                ('old_grade', models.CharField(blank=True, max_length=12, verbose_name='grade now')),
                ('new_grade', models.CharField(blank=True, max_length=12, verbose_name='grade then')),
                ('change', models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name='change')),
                ('partner', performance.models.keys.BulkKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner', verbose_name='partner')),
                ('period', performance.models.keys.BulkKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='performance.periodrow')),
                ('tenant', performance.models.keys.BulkTenantOwner(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('tier', performance.models.keys.BulkKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.tier', verbose_name='tier')),
                ('what_if', performance.models.keys.BulkKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='performance.whatif')),
            ],
            options={
                'verbose_name': 'move of a what-if',
                'verbose_name_plural': 'moves of what-ifs',
                'ordering': ['what_if', 'period', 'partner'],
            },
        ),
        migrations.AddIndex(
            model_name='whatif',
            index=models.Index(fields=['tenant', '-created_at'], name='whatif_by_time'),
        ),
        migrations.AddConstraint(
            model_name='whatifbasis',
            constraint=models.UniqueConstraint(fields=('tenant', 'what_if', 'period', 'partner'), name='whatif_basis_once'),
        ),
        migrations.AddConstraint(
            model_name='whatifbenchmark',
            constraint=models.UniqueConstraint(fields=('tenant', 'what_if', 'kpi', 'period_kind', 'scope', 'tier', 'region', 'partner_type', 'partner'), name='whatif_benchmark_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='whatifbenchmark',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('partner__isnull', True), ('partner_type__isnull', True), ('region__isnull', True), ('scope', 'all'), ('tier__isnull', True)), models.Q(('partner__isnull', False), ('partner_type__isnull', True), ('region__isnull', True), ('scope', 'partner'), ('tier__isnull', True)), models.Q(('partner__isnull', True), ('partner_type__isnull', True), ('region__isnull', True), ('scope', 'tier'), ('tier__isnull', False)), models.Q(('partner__isnull', True), ('partner_type__isnull', False), ('region__isnull', True), ('scope', 'type'), ('tier__isnull', True)), models.Q(('partner__isnull', True), ('partner_type__isnull', True), ('region__isnull', False), ('scope', 'region'), ('tier__isnull', True)), _connector='OR'), name='whatif_benchmark_scope_names_its_target'),
        ),
        migrations.AddConstraint(
            model_name='whatifbenchmark',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ceiling__isnull', True), ('direction', 'higher'), ('floor__lte', models.F('target')), ('target__lte', models.F('stretch'))), models.Q(('ceiling__isnull', True), ('direction', 'lower'), ('floor__gte', models.F('target')), ('target__gte', models.F('stretch'))), models.Q(('ceiling__isnull', False), ('direction', 'band'), ('stretch__lte', models.F('ceiling')), ('floor__lte', models.F('target')), ('target__lte', models.F('stretch'))), _connector='OR'), name='whatif_benchmark_in_order'),
        ),
        migrations.AddConstraint(
            model_name='whatifmove',
            constraint=models.UniqueConstraint(fields=('tenant', 'what_if', 'period', 'partner'), name='whatif_move_once'),
        ),
        migrations.AddConstraint(
            model_name='whatifmove',
            constraint=models.CheckConstraint(condition=models.Q(('kind', ''), _negated=True), name='whatif_move_has_kind'),
        ),
    ]
