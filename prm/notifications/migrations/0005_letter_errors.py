"""Why a letter could not be sent last."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0004_preferences_by_kind'),
    ]

    operations = [
        migrations.AddField(
            model_name='letter',
            name='error',
            field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='why it failed last'),
        ),
    ]
