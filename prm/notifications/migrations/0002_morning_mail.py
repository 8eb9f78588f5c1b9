"""One mail in the morning, and what a person wants in it; a message may stand for several things."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import prm.tenancy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='amount',
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='stands for'),
        ),
        migrations.CreateModel(
            name='MailPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('muted', models.JSONField(default=list, verbose_name='left out')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'mail preference',
                'verbose_name_plural': 'mail preferences',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'user'), name='mail_preference_once')],
            },
        ),
        migrations.CreateModel(
            name='MorningMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='written')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('parts', models.JSONField(default=list, verbose_name='what it says')),
                ('tenant', prm.tenancy.fields.TenantOwner(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'morning mail',
                'verbose_name_plural': 'morning mails',
                'ordering': ['-day', '-id'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'user', 'day'), name='morning_mail_once')],
            },
        ),
    ]
