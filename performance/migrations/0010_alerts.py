"""Rules that watch the scores, and the alerts they raise."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

import prm.tenancy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0002_partner_access_reference'),
        ('performance', '0009_evidence'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('kpi', 'KPI below its limit'), ('total', 'Score below a figure'), ('drop', 'Score fell'), ('grade', 'Grade changed'), ('missing', 'Data missing'), ('outcome', 'Consequence of a grade')], max_length=8, verbose_name='watches')),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('warning', 'Warning'), ('notice', 'Notice')], default='warning', max_length=8, verbose_name='severity')),
                ('period_kind', models.CharField(choices=[('month', 'Month'), ('quarter', 'Quarter'), ('half', 'Half-year'), ('year', 'Year')], default='quarter', max_length=8, verbose_name='period')),
                ('timing', models.CharField(choices=[('ended', 'Once the period has ended'), ('running', 'Already while the period runs')], default='ended', max_length=8, verbose_name='looks')),
                ('wait_days', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MaxValueValidator(60)], verbose_name='days to wait for late figures')),
                ('limit', models.CharField(blank=True, choices=[('floor', 'The floor of its benchmark'), ('figure', 'A figure of my own')], max_length=8, verbose_name='held against')),
                ('figure', models.DecimalField(blank=True, decimal_places=6, max_digits=30, null=True, verbose_name='figure')),
                ('grade_move', models.CharField(blank=True, choices=[('down', 'It got worse'), ('any', 'It changed'), ('into', 'It became a certain grade')], max_length=8, verbose_name='change')),
                ('grade', models.CharField(blank=True, max_length=12, verbose_name='grade')),
                ('missing', models.CharField(blank=True, choices=[('days', 'No measurement of a KPI for some days'), ('coverage', 'Too little of the scorecard has data'), ('unrated', 'The scorecard is not rated')], max_length=8, verbose_name='what is missing')),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(730)], verbose_name='days')),
                ('is_active', models.BooleanField(default=True, editable=False, verbose_name='switched on')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed')),
                ('actor_label', models.CharField(blank=True, editable=False, max_length=160, verbose_name='by')),
                ('kpi', prm.tenancy.fields.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='performance.kpi', verbose_name='KPI')),
                ('programme', prm.tenancy.fields.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.programme', verbose_name='programme')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'alert rule',
                'verbose_name_plural': 'alert rules',
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True)),
                ('kind', models.CharField(choices=[('kpi', 'KPI below its limit'), ('total', 'Score below a figure'), ('drop', 'Score fell'), ('grade', 'Grade changed'), ('missing', 'Data missing'), ('outcome', 'Consequence of a grade')], max_length=8, verbose_name='kind')),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('warning', 'Warning'), ('notice', 'Notice')], max_length=8, verbose_name='severity')),
                ('status', models.CharField(choices=[('open', 'Open'), ('snoozed', 'Snoozed'), ('resolved', 'Resolved')], default='open', max_length=8, verbose_name='status')),
                ('value', models.DecimalField(decimal_places=6, max_digits=30, null=True, verbose_name='figure')),
                ('bound', models.DecimalField(decimal_places=6, max_digits=30, null=True, verbose_name='limit')),
                ('former', models.DecimalField(decimal_places=6, max_digits=30, null=True, verbose_name='figure before')),
                ('grade', models.CharField(blank=True, db_default='', max_length=12, verbose_name='grade')),
                ('former_grade', models.CharField(blank=True, db_default='', max_length=12, verbose_name='grade before')),
                ('since', models.DateField(null=True, verbose_name='last day with data')),
                ('holds', models.BooleanField(db_default=True, default=True, verbose_name='still true')),
                ('raised_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='raised')),
                ('snoozed_until', models.DateField(null=True, verbose_name='snoozed until')),
                ('resolution', models.CharField(blank=True, choices=[('hand', 'Resolved by hand'), ('gone', 'The condition has gone'), ('passed', 'A newer period is watched by now'), ('rule_off', 'The rule was switched off')], db_default='', max_length=8, verbose_name='resolved because')),
                ('resolved_at', models.DateTimeField(null=True, verbose_name='resolved')),
                ('settled_by', models.CharField(blank=True, db_default='', max_length=160, verbose_name='by')),
                ('note', models.TextField(blank=True, db_default='', verbose_name='note')),
                ('news_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='news since')),
                ('kpi', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='performance.kpi', verbose_name='KPI')),
                ('partner', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partner', verbose_name='partner')),
                ('period', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='performance.periodrow', verbose_name='period')),
                ('programme', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.programme', verbose_name='programme')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('rule', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='performance.alertrule', verbose_name='rule')),
            ],
            options={
                'verbose_name': 'alert',
                'verbose_name_plural': 'alerts',
                'ordering': ['-raised_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='AlertWatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_run_id', models.BigIntegerField(default=0)),
                ('looked_at', models.DateTimeField(null=True)),
                ('looked_on', models.DateField(null=True)),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'state of the alert rules',
                'verbose_name_plural': 'state of the alert rules',
            },
        ),
        migrations.AddConstraint(
            model_name='alertrule',
            constraint=models.UniqueConstraint(fields=('tenant', 'name'), name='alert_rule_name_unique'),
        ),
        migrations.AddConstraint(
            model_name='alertrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'kpi'), ('kpi__isnull', False), ('limit', 'floor')), models.Q(('figure__isnull', False), ('kind', 'kpi'), ('kpi__isnull', False), ('limit', 'figure')), models.Q(('figure__range', (0, 100)), ('kind', 'total')), models.Q(('figure__gt', 0), ('figure__lte', 100), ('kind', 'drop')), models.Q(('grade_move__in', ['down', 'any']), ('kind', 'grade')), models.Q(('grade_move', 'into'), ('kind', 'grade'), models.Q(('grade', ''), _negated=True)), models.Q(('days__isnull', False), ('kind', 'missing'), ('kpi__isnull', False), ('missing', 'days')), models.Q(('kind', 'missing'), ('missing__in', ['coverage', 'unrated'])), _connector='OR'), name='alert_rule_complete'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['tenant', 'status', '-raised_at'], name='alert_by_status'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['tenant', 'partner', 'status'], name='alert_by_partner'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['tenant', 'rule', 'holds'], name='alert_by_rule'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('period__isnull', False), ('rule__isnull', False)), fields=('tenant', 'rule', 'programme', 'period', 'partner'), name='alert_once_a_period'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('holds', True), ('period__isnull', True)), fields=('tenant', 'rule', 'partner'), name='alert_once_while_missing'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('rule__isnull', True)), fields=('tenant', 'programme', 'period', 'partner'), name='alert_once_for_a_grade'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'snoozed'), _negated=True), ('snoozed_until__isnull', False), _connector='OR'), name='alert_snoozed_until_a_day'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', False), ('status', 'resolved')), models.Q(models.Q(('status', 'resolved'), _negated=True), ('resolution', ''), ('resolved_at__isnull', True)), _connector='OR'), name='alert_resolved_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='alertwatch',
            constraint=models.UniqueConstraint(fields=('tenant',), name='alert_watch_once'),
        ),
    ]
