# Thresholds refitted from what a desk judged, for every process on its database.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0004_disputes'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeskThresholds',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answer', models.FloatField()),
                ('answer_without_meaning', models.FloatField()),
                ('suggest', models.FloatField()),
                ('join', models.FloatField()),
            ],
            options={
                'verbose_name_plural': 'desk thresholds',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='thresholds_in_one_row'), models.CheckConstraint(condition=models.Q(models.Q(('answer__gt', 0), ('answer__lt', 2)), models.Q(('answer_without_meaning__gt', 0), ('answer_without_meaning__lt', 2)), models.Q(('suggest__gt', 0), ('suggest__lt', 2)), models.Q(('join__gt', 0), ('join__lt', 2))), name='thresholds_are_probabilities')],
            },
        ),
    ]
