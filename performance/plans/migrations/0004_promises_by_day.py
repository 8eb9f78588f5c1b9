"""The promises of our side by their day, for our own scorecard."""
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0003_serious_breaches'),
        ('tenancy', '0002_reference_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(condition=models.Q(('side', 'vendor')), fields=['tenant', 'due_on'], name='plan_commitment_of_vendor'),
        ),
    ]
