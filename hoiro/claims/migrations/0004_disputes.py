# Corrections and disputes: what somebody objects to, and addresses that wait for an outcome or a change.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0003_imports'),
    ]

    operations = [
        migrations.AddField(
            model_name='claimreview',
            name='changes_meaning',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='replyaddress',
            name='language',
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.AddField(
            model_name='replyaddress',
            name='review',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='change_addresses', to='claims.claimreview'),
        ),
        migrations.AddField(
            model_name='replyaddress',
            name='token_hash',
            field=models.CharField(max_length=64, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name='replyaddress',
            name='request',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reply_address', to='claims.request'),
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=8)),
                ('day', models.DateField()),
                ('text', models.TextField()),
                ('source', models.CharField(blank=True, max_length=1000)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('state', models.CharField(choices=[('open', 'Being looked into'), ('upheld', 'Upheld'), ('not_upheld', 'Not upheld'), ('set_aside', 'Not about this answer')], default='open', max_length=10)),
                ('proposed', models.CharField(blank=True, choices=[('open', 'Being looked into'), ('upheld', 'Upheld'), ('not_upheld', 'Not upheld'), ('set_aside', 'Not about this answer')], max_length=10)),
                ('proposed_outcome', models.TextField(blank=True)),
                ('outcome', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='claims.claim')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='claims.claimreview')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='replyaddress',
            name='dispute',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reply_address', to='claims.dispute'),
        ),
        migrations.AddConstraint(
            model_name='replyaddress',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('dispute__isnull', True), ('request__isnull', False), ('review__isnull', True)), models.Q(('dispute__isnull', True), ('request__isnull', True), ('review__isnull', False)), models.Q(('dispute__isnull', False), ('request__isnull', True), ('review__isnull', True)), _connector='OR'), name='address_waits_for_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='replyaddress',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('review__isnull', False), ('token_hash__isnull', False), models.Q(('language', ''), _negated=True)), models.Q(('language', ''), ('review__isnull', True), ('token_hash__isnull', True)), _connector='OR'), name='address_for_changes_has_a_link'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['claim'], name='dispute_open'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'upheld', 'not_upheld', 'set_aside'])), name='dispute_state_known'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'open'), ('decided_at__isnull', True), ('decided_by__isnull', True), ('outcome', '')), models.Q(models.Q(('state', 'open'), _negated=True), models.Q(('outcome', ''), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='dispute_decided_with_a_reason'),
        ),
    ]
