"""The promised days of reviews that are at work. Of steps that were over before, nobody knows the day any more."""

from django.db import migrations

RATERS = """
UPDATE reviews_rater r SET due_on = w.due_on FROM reviews_review w
 WHERE w.tenant_id = r.tenant_id AND w.id = r.review_id AND w.status = 'rating' AND r.due_on IS NULL
"""

MEETINGS = """
UPDATE reviews_review w SET meeting_promised_on = (w.meeting_at AT TIME ZONE t.timezone)::date
  FROM tenancy_tenant t
 WHERE t.id = w.tenant_id AND w.meeting_at IS NOT NULL AND w.meeting_promised_on IS NULL AND w.met_on IS NULL
"""

# The tenth business day after the figure was contested, as templates have it unless they say otherwise.
CONTESTS = """
UPDATE reviews_contest c SET answer_due_on = (
         SELECT day::date
           FROM generate_series(asked.day + 1, asked.day + 20, interval '1 day') AS day
          WHERE extract(isodow FROM day) < 6
          ORDER BY day OFFSET 9 LIMIT 1)
  FROM reviews_contest o
  JOIN tenancy_tenant t ON t.id = o.tenant_id
 CROSS JOIN LATERAL (SELECT (o.raised_at AT TIME ZONE t.timezone)::date AS day) asked
 WHERE o.id = c.id AND c.outcome = 'open' AND c.answer_due_on IS NULL
"""

STEPS = """
UPDATE reviews_review w SET due_on = c.answer_due_on FROM reviews_contest c
 WHERE c.tenant_id = w.tenant_id AND c.review_id = w.id AND w.status = 'contested' AND w.due_on IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_promised_days"), ("tenancy", "0001_initial")]

    operations = [migrations.RunSQL(step, migrations.RunSQL.noop) for step in (RATERS, MEETINGS, CONTESTS, STEPS)]
