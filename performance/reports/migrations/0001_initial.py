"""Saved reports, schedules, what they sent, and the files that were produced."""

import datetime

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import prm.tenancy.fields


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('partners', '0003_watch_catalogue'),
        ('tenancy', '0002_reference_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('report', models.CharField(max_length=60, verbose_name='report')),
                ('filters', models.JSONField(blank=True, default=dict, verbose_name='filters')),
                ('format', models.CharField(choices=[('pdf', 'PDF'), ('xlsx', 'Excel (XLSX)'), ('csv', 'CSV')], default='pdf', max_length=8, verbose_name='format')),
                ('rhythm', models.CharField(choices=[('daily', 'Every day'), ('weekly', 'Every week'), ('monthly', 'Every month'), ('closing', 'After a period closes')], default='weekly', max_length=8, verbose_name='rhythm')),
                ('at', models.TimeField(default=datetime.time(7, 0), verbose_name='at')),
                ('weekday', models.CharField(choices=[('0', 'Monday'), ('1', 'Tuesday'), ('2', 'Wednesday'), ('3', 'Thursday'), ('4', 'Friday'), ('5', 'Saturday'), ('6', 'Sunday')], default='0', max_length=1, verbose_name='on')),
                ('day', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='day of the month')),
                ('period_kind', models.CharField(choices=[('month', 'Month'), ('quarter', 'Quarter'), ('half', 'Half-year'), ('year', 'Year')], default='quarter', max_length=8, verbose_name='each')),
                ('days_after', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(90)], verbose_name='days after closing')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), blank=True, default=list, size=None, verbose_name='roles')),
                ('to_partners', models.BooleanField(default=False, verbose_name='to partners')),
                ('message', models.TextField(blank=True, max_length=1000, verbose_name='message')),
                ('status', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('ended', 'Ended')], default='active', max_length=8, verbose_name='status')),
                ('next_due_at', models.DateTimeField(editable=False, null=True, verbose_name='next')),
                ('since', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='closings after')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'report schedule',
                'verbose_name_plural': 'report schedules',
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True)),
                ('occasion', models.CharField(max_length=60, verbose_name='occasion')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('period', models.CharField(blank=True, max_length=8, verbose_name='closed period')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Being produced'), ('done', 'Done'), ('failed', 'Partly failed')], default='waiting', max_length=8, verbose_name='status')),
                ('as_of', models.DateField(null=True, verbose_name='as of')),
                ('planned_at', models.DateTimeField(null=True, verbose_name='planned')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('asked_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('schedule', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dispatches', to='reports.schedule')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'sending',
                'verbose_name_plural': 'sendings',
                'ordering': ['-due_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Produced',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True)),
                ('report', models.CharField(max_length=60, verbose_name='report')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('format', models.CharField(choices=[('pdf', 'PDF'), ('xlsx', 'Excel (XLSX)'), ('csv', 'CSV')], max_length=8, verbose_name='format')),
                ('filters', models.JSONField(blank=True, default=dict, verbose_name='filters')),
                ('filter_words', models.JSONField(blank=True, default=list, verbose_name='filters in words')),
                ('as_of', models.DateField(verbose_name='as of')),
                ('run_id', models.BigIntegerField(null=True, verbose_name='run')),
                ('period', models.CharField(blank=True, max_length=8, verbose_name='period')),
                ('row_count', models.PositiveIntegerField(default=0, verbose_name='rows')),
                ('covers', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None, verbose_name='covers the partners')),
                ('audience', models.CharField(blank=True, max_length=40, verbose_name='audience')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='produced')),
                ('expires_on', models.DateField(verbose_name='kept until')),
                ('asked_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                ('dispatch', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='produced', to='reports.dispatch', verbose_name='sending')),
                ('file', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile', verbose_name='file')),
                ('partner', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partner', verbose_name='made for')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'produced report',
                'verbose_name_plural': 'produced reports',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=30, verbose_name='recipient')),
                ('audience', models.CharField(max_length=40, verbose_name='audience')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Delivered'), ('withheld', 'Not sent'), ('failed', 'Failed')], default='waiting', max_length=8, verbose_name='status')),
                ('reason', models.CharField(blank=True, choices=[('left', 'is no longer active here'), ('no_right', 'may not see this report'), ('no_rows', 'has no rows in it')], max_length=8, verbose_name='because')),
                ('people', models.PositiveIntegerField(default=0, verbose_name='people told')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='settled')),
                ('partner', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partner')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispatch', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='reports.dispatch')),
                ('produced', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='reports.produced', verbose_name='file')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SavedReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('report', models.CharField(max_length=60, verbose_name='report')),
                ('filters', models.JSONField(blank=True, default=dict, verbose_name='filters')),
                ('is_shared', models.BooleanField(default=False, verbose_name='shared with the workspace')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='saved')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'saved report',
                'verbose_name_plural': 'saved reports',
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ScheduleMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('schedule', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='reports.schedule')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'recipient of a schedule',
                'verbose_name_plural': 'recipients of a schedule',
            },
        ),
        migrations.AddIndex(
            model_name='produced',
            index=models.Index(fields=['tenant', '-created_at'], name='produced_by_time'),
        ),
        migrations.AddIndex(
            model_name='produced',
            index=models.Index(fields=['tenant', 'partner', '-created_at'], name='produced_by_partner'),
        ),
        migrations.AddIndex(
            model_name='produced',
            index=models.Index(fields=['tenant', 'expires_on'], name='produced_by_expiry'),
        ),
        migrations.AddConstraint(
            model_name='produced',
            constraint=models.UniqueConstraint(condition=models.Q(('dispatch__isnull', False)), fields=('tenant', 'dispatch', 'audience'), name='produced_once_for_an_audience'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['tenant', 'dispatch', 'status'], name='delivery_by_status'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('tenant', 'dispatch', 'key'), name='delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='savedreport',
            constraint=models.UniqueConstraint(fields=('tenant', 'owner', 'name'), name='saved_report_name_unique'),
        ),
        migrations.AddIndex(
            model_name='schedule',
            index=models.Index(condition=models.Q(('status', 'active')), fields=['tenant', 'next_due_at'], name='report_schedule_due'),
        ),
        migrations.AddConstraint(
            model_name='schedule',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'ended'), _negated=True), fields=('tenant', 'name'), name='report_schedule_name_unique'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('status__in', ['waiting', 'running'])), fields=['tenant', 'due_at'], name='dispatch_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.UniqueConstraint(fields=('tenant', 'schedule', 'occasion'), name='dispatch_once'),
        ),
        migrations.AddConstraint(
            model_name='schedulemember',
            constraint=models.UniqueConstraint(fields=('tenant', 'schedule', 'user'), name='schedule_member_once'),
        ),
    ]
