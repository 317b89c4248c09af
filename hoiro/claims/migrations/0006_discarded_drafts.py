# Drafts can be discarded: a state that is neither worked on nor public, and gives its version number back.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0005_thresholds'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='claimreview',
            name='review_version_once',
        ),
        migrations.RemoveConstraint(
            model_name='claimreview',
            name='review_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='claimreview',
            name='review_published_is_dated',
        ),
        migrations.RemoveConstraint(
            model_name='claimreview',
            name='review_published_is_reviewed',
        ),
        migrations.AlterField(
            model_name='claimreview',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Waiting for review'), ('returned', 'Returned to the author'), ('published', 'Published'), ('superseded', 'Replaced by a newer version'), ('withdrawn', 'Withdrawn'), ('discarded', 'Discarded')], default='draft', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='claimreview',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'discarded'), _negated=True), fields=('claim', 'version'), name='review_version_once'),
        ),
        migrations.AddConstraint(
            model_name='claimreview',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'submitted', 'returned', 'published', 'superseded', 'withdrawn', 'discarded'])), name='review_state_known'),
        ),
        migrations.AddConstraint(
            model_name='claimreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('published', 'superseded', 'withdrawn')), _negated=True), models.Q(('as_of__isnull', False), ('published_at__isnull', False), ('review_by__isnull', False)), _connector='OR'), name='review_published_is_dated'),
        ),
        migrations.AddConstraint(
            model_name='claimreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('published', 'superseded', 'withdrawn')), _negated=True), ('starter', True), ('reviewer__isnull', False), _connector='OR'), name='review_published_is_reviewed'),
        ),
    ]
