"""Restatements are decided: both versions of the card, the facts behind it, who decided and why."""

from django.db import migrations, models

import prm.tenancy.fields


class Migration(migrations.Migration):

    dependencies = [
        ("performance", "0005_derived_kpis"),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='restatement',
            name='after',
            field=models.JSONField(null=True, verbose_name='the card after'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='before',
            field=models.JSONField(null=True, verbose_name='the card before'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='cause',
            field=models.JSONField(null=True, verbose_name='the facts behind it'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='new_grade',
            field=models.CharField(blank=True, db_default='', max_length=12, verbose_name='grade after'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='old_grade',
            field=models.CharField(blank=True, db_default='', max_length=12, verbose_name='grade before'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='public_id',
            field=prm.tenancy.fields.PublicIdField(db_default=prm.tenancy.fields.UUIDv7(), editable=False, unique=True),
        ),
        migrations.AddField(
            model_name='restatement',
            name='ranks_moved',
            field=models.JSONField(null=True, verbose_name='places that moved along'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='run_id',
            field=models.BigIntegerField(null=True, verbose_name='run'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='worked_out_at',
            field=models.DateTimeField(null=True, verbose_name='worked out'),
        ),
        migrations.AlterField(
            model_name='restatement',
            name='reason',
            field=models.TextField(blank=True, db_default='', verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='restatement',
            name='settled_by',
            field=models.CharField(blank=True, db_default='', max_length=160, verbose_name='settled by'),
        ),
        migrations.AlterField(
            model_name='restatement',
            name='was_applied',
            field=models.BooleanField(db_default=False, default=False, verbose_name='applied'),
        ),
        migrations.AlterField(
            model_name='run',
            name='kind',
            field=models.CharField(choices=[('nightly', 'Nightly'), ('manual', 'Asked for'), ('changes', 'After new measurements'), ('closing', 'Before closing a period'), ('restate', 'Restatement of a closed period')], max_length=8, verbose_name='kind'),
        ),
        migrations.AddIndex(
            model_name='restatement',
            index=models.Index(fields=['tenant', '-settled_at'], name='restatement_by_time'),
        ),
    ]
