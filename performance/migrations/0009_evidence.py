"""A KPI may ask for a document behind typed-in figures, which is kept with the measurement."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import prm.tenancy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
        ('performance', '0008_cohorts_of_closed_periods'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='kpi',
            name='needs_evidence',
            field=models.BooleanField(db_default=False, default=False, verbose_name='a typed-in figure needs a file as proof'),
        ),
        migrations.CreateModel(
            name='MeasurementEvidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measurement_id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='given')),
                ('file', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile', verbose_name='file')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'evidence',
                'verbose_name_plural': 'evidence',
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['tenant', 'measurement_id'], name='evidence_of_measurement')],
            },
        ),
    ]
