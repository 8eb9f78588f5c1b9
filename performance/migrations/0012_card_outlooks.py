"""What is foreseen for the cards of running periods, so that lists can ask for it."""
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import performance.models.keys


class Migration(migrations.Migration):

    dependencies = [
        ('performance', '0011_what_ifs'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CardOutlook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateField(verbose_name='as of')),
                ('of_total', models.IntegerField(verbose_name='total it was worked out from, for comparing')),
                ('of_grade', models.CharField(blank=True, max_length=12, verbose_name='grade it was worked out from')),
                ('total', models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name='projected total')),
                ('grade', models.CharField(blank=True, max_length=12, verbose_name='projected grade')),
                ('change', models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name='projected change')),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None, verbose_name='at risk because')),
                ('period', performance.models.keys.BulkKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='performance.periodrow', verbose_name='period')),
                ('scorecard', performance.models.keys.BulkKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='performance.scorecard', verbose_name='scorecard')),
                ('tenant', performance.models.keys.BulkTenantOwner(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'outlook of a scorecard',
                'verbose_name_plural': 'outlooks of scorecards',
                'indexes': [models.Index(fields=['tenant', 'period'], name='outlook_by_period')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'scorecard'), name='outlook_once')],
            },
        ),
    ]
