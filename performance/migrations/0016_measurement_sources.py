"""Where measurements come from, and what each source delivered. The table of measurements stays as it is."""
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import prm.tenancy.fields
from prm.tenancy.operations import watch_tables


class Migration(migrations.Migration):

    dependencies = [
        ('performance', '0015_grade_consequences'),
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MeasurementSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True)),
                ('code', models.CharField(db_collation='C', max_length=40, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('file', 'Files'), ('api', 'API'), ('manual', 'Typed in'), ('product', 'The product itself')], default='file', max_length=8, verbose_name='comes by')),
                ('description', models.TextField(blank=True, verbose_name='what it delivers, in plain words')),
                ('system_url', models.URLField(blank=True, max_length=500, verbose_name='address of the system')),
                ('expected_every', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(400)], verbose_name='expected every (days)')),
                ('grace_days', models.PositiveSmallIntegerField(blank=True, default=0, validators=[django.core.validators.MaxValueValidator(90)], verbose_name='days of grace')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('is_described', models.BooleanField(default=True, editable=False, verbose_name='described by a person')),
                ('late_since', models.DateField(editable=False, null=True, verbose_name='late since')),
                ('late_told_at', models.DateTimeField(editable=False, null=True, verbose_name='owner told')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'measurement source',
                'verbose_name_plural': 'measurement sources',
                'ordering': ['name', 'code'],
            },
        ),
        migrations.CreateModel(
            name='SourceKPI',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_named', models.BooleanField(default=False, verbose_name='named by a person')),
                ('seen_at', models.DateTimeField(null=True, verbose_name='first received')),
                ('kpi', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fed_by', to='performance.kpi', verbose_name='KPI')),
                ('source', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feeds', to='performance.measurementsource', verbose_name='source')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'KPI of a source',
                'verbose_name_plural': 'KPIs of a source',
                'ordering': ['kpi__name'],
            },
        ),
        migrations.CreateModel(
            name='SourceRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('refuses_unknown', models.BooleanField(default=False, verbose_name='refuse measurements of unknown sources')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'rules for sources',
                'verbose_name_plural': 'rules for sources',
            },
        ),
        migrations.CreateModel(
            name='SourceDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('file', 'Files'), ('api', 'API'), ('manual', 'Typed in'), ('product', 'The product itself')], max_length=8, verbose_name='came by')),
                ('by', models.CharField(blank=True, max_length=160, verbose_name='by')),
                ('batch_id', models.BigIntegerField(null=True, verbose_name='import')),
                ('first_at', models.DateTimeField(verbose_name='begun')),
                ('last_at', models.DateTimeField(verbose_name='last call')),
                ('taken_at', models.DateTimeField(null=True, verbose_name='taken in')),
                ('calls', models.IntegerField(default=1, verbose_name='calls')),
                ('refused_calls', models.IntegerField(default=0, verbose_name='refused calls')),
                ('created', models.BigIntegerField(default=0, verbose_name='new rows')),
                ('updated', models.BigIntegerField(default=0, verbose_name='changed rows')),
                ('unchanged', models.BigIntegerField(default=0, verbose_name='known rows')),
                ('bad_rows', models.BigIntegerField(default=0, verbose_name='wrong rows')),
                ('errors', models.JSONField(blank=True, default=list, verbose_name='errors')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='taken back')),
                ('source', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='performance.measurementsource', verbose_name='source')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'delivery of a source',
                'verbose_name_plural': 'deliveries of sources',
                'ordering': ['-last_at', '-id'],
                'indexes': [models.Index(fields=['tenant', 'source', '-last_at'], name='delivery_by_source'), models.Index(condition=models.Q(('batch_id__isnull', False)), fields=['tenant', 'batch_id'], name='delivery_by_batch')],
            },
        ),
        migrations.AddConstraint(
            model_name='sourcekpi',
            constraint=models.UniqueConstraint(fields=('tenant', 'source', 'kpi'), name='source_kpi_once'),
        ),
        migrations.AddConstraint(
            model_name='measurementsource',
            constraint=models.UniqueConstraint(fields=('tenant', 'code'), name='measurement_source_code_once'),
        ),
        migrations.AddConstraint(
            model_name='measurementsource',
            constraint=models.CheckConstraint(condition=models.Q(('expected_every__isnull', True), ('expected_every__range', (1, 400)), _connector='OR'), name='measurement_source_rhythm'),
        ),
        migrations.AddConstraint(
            model_name='sourcerules',
            constraint=models.UniqueConstraint(fields=('tenant',), name='source_rules_once'),
        ),
        *watch_tables(["performance_measurementsource"]),
    ]
