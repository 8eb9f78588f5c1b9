"""What a workspace expects of itself, and whether its partners see how it does."""
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import prm.tenancy.fields
from prm.tenancy.operations import watch_tables


class Migration(migrations.Migration):

    dependencies = [
        ('performance', '0019_key_of_measurements'),
        ('tenancy', '0002_reference_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='VendorScorecardRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shown_to_partners', models.BooleanField(default=True, verbose_name='partners see it')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'rules for our own scorecard',
                'verbose_name_plural': 'rules for our own scorecard',
                'constraints': [models.UniqueConstraint(fields=('tenant',), name='vendor_scorecard_rules_once')],
            },
        ),
        migrations.CreateModel(
            name='VendorTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.CharField(max_length=40, verbose_name='measure')),
                ('floor', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='floor')),
                ('target', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='target')),
                ('stretch', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='stretch')),
                ('weight', models.DecimalField(decimal_places=2, max_digits=6, verbose_name='weight')),
                ('valid_from', models.DateField(verbose_name='from periods that begin on')),
                ('set_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='set')),
                ('actor_label', models.CharField(blank=True, max_length=160, verbose_name='by')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'target of our own scorecard',
                'verbose_name_plural': 'targets of our own scorecard',
                'ordering': ['measure', '-valid_from'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'measure', 'valid_from'), name='vendor_target_once_a_day'), models.CheckConstraint(condition=models.Q(('weight__gte', 0)), name='vendor_target_weight')],
            },
        ),
        *watch_tables(["performance_vendorscorecardrules", "performance_vendortarget"]),
    ]
