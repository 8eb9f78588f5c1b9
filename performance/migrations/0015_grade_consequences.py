"""What follows from grades, and what followed from them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import performance.models.template
import prm.tenancy.fields
from prm.tenancy.operations import watch_tables


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0002_partner_access_reference'),
        ('performance', '0014_what_if_removals'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BandConsequence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='consequence')),
                ('timing', models.CharField(choices=[('crossing', 'On coming into the grade'), ('every', 'In every period')], default='crossing', max_length=8, verbose_name='when')),
                ('band', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consequences', to='performance.gradeband')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'consequence of a grade',
                'verbose_name_plural': 'consequences of grades',
                'ordering': ['kind'],
            },
        ),
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='consequence')),
                ('timing', models.CharField(choices=[('crossing', 'On coming into the grade'), ('every', 'In every period')], max_length=8, verbose_name='when')),
                ('grade', models.CharField(max_length=12, verbose_name='grade')),
                ('former_grade', models.CharField(blank=True, db_default='', max_length=12, verbose_name='grade before')),
                ('state', models.CharField(choices=[('waiting', 'Under way'), ('done', 'Done'), ('nobody', 'Nobody to tell'), ('failed', 'Failed')], db_default='waiting', default='waiting', max_length=8, verbose_name='state')),
                ('told', models.PositiveIntegerField(db_default=0, default=0, verbose_name='people told')),
                ('tries', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='tries')),
                ('problem', models.CharField(blank=True, db_default='', max_length=240, verbose_name='problem')),
                ('noted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='followed')),
                ('tried_at', models.DateTimeField(null=True, verbose_name='tried')),
                ('done_at', models.DateTimeField(null=True, verbose_name='done')),
                ('lapsed_at', models.DateTimeField(null=True, verbose_name='lapsed')),
                ('partner', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partner', verbose_name='partner')),
                ('restatement', prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='performance.restatement')),
                ('scorecard', prm.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outcomes', to='performance.scorecard')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'consequence that followed',
                'verbose_name_plural': 'consequences that followed',
                'ordering': ['-noted_at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='scorecardtemplate',
            name='consequence_periods',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('month', 'Month'), ('quarter', 'Quarter'), ('half', 'Half-year'), ('year', 'Year')], max_length=8), blank=True, default=performance.models.template.default_consequence_periods, size=None, verbose_name='consequences follow from'),
        ),
        migrations.AddField(
            model_name='scorecardtemplate',
            name='consequences_on_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='consequences on since'),
        ),
        migrations.AddField(
            model_name='scorecardtemplate',
            name='consequences_on_by',
            field=models.CharField(blank=True, editable=False, max_length=160, verbose_name='switched on by'),
        ),
        migrations.AddConstraint(
            model_name='scorecardtemplate',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'published'), ('consequences_on_at__isnull', True), _connector='OR'), name='template_consequences_when_published'),
        ),
        migrations.AddConstraint(
            model_name='bandconsequence',
            constraint=models.UniqueConstraint(fields=('tenant', 'band', 'kind'), name='band_consequence_once'),
        ),
        migrations.AddIndex(
            model_name='outcome',
            index=models.Index(fields=['tenant', 'state', 'kind'], name='outcome_by_state'),
        ),
        migrations.AddIndex(
            model_name='outcome',
            index=models.Index(fields=['tenant', '-noted_at'], name='outcome_by_time'),
        ),
        migrations.AddIndex(
            model_name='outcome',
            index=models.Index(fields=['tenant', 'partner', '-noted_at'], name='outcome_by_partner'),
        ),
        migrations.AddConstraint(
            model_name='outcome',
            constraint=models.UniqueConstraint(fields=('tenant', 'scorecard', 'kind', 'grade'), name='outcome_once'),
        ),
        *watch_tables(["performance_bandconsequence"]),
    ]
