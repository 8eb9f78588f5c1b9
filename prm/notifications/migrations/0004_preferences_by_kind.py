"""What a person wants to hear, by kind of news; and files that go with a letter."""

import django.db.models.deletion
from django.db import migrations, models

import prm.tenancy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
        ('notifications', '0003_letters'),
    ]

    operations = [
        migrations.RenameModel('MailPreference', 'NotificationPreference'),
        migrations.AlterModelOptions(
            name='notificationpreference',
            options={
                'verbose_name': 'notification preference',
                'verbose_name_plural': 'notification preferences',
            },
        ),
        migrations.AddField(
            model_name='notificationpreference',
            name='notices',
            field=models.JSONField(db_default={}, default=dict, verbose_name='by kind of news'),
        ),
        migrations.AddField(
            model_name='letter',
            name='file',
            field=prm.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile', verbose_name='attached'),
        ),
    ]
