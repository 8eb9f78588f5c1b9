"""The days that reviews promise: of ratings, of answers to contested figures, of meetings."""
import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0002_watch_set_up'),
        ('tenancy', '0002_reference_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='contest',
            name='answer_due_on',
            field=models.DateField(editable=False, null=True, verbose_name='answer due'),
        ),
        migrations.AddField(
            model_name='rater',
            name='asked_on',
            field=models.DateField(editable=False, null=True, verbose_name='asked'),
        ),
        migrations.AddField(
            model_name='rater',
            name='due_on',
            field=models.DateField(editable=False, null=True, verbose_name='due'),
        ),
        migrations.AddField(
            model_name='rater',
            name='released_on',
            field=models.DateField(editable=False, null=True, verbose_name='not asked any more since'),
        ),
        migrations.AddField(
            model_name='review',
            name='meeting_promised_on',
            field=models.DateField(editable=False, null=True, verbose_name='meeting promised for'),
        ),
        migrations.AddField(
            model_name='reviewtemplate',
            name='answer_days',
            field=models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='days to answer a contested figure'),
        ),
        migrations.AddIndex(
            model_name='rater',
            index=models.Index(fields=['tenant', 'due_on'], name='review_rater_by_due'),
        ),
    ]
