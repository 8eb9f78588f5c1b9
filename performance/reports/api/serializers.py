"""What the API says of reports, files and schedules, and what it takes."""

from datetime import time
from typing import Any

from rest_framework import serializers

from performance.models import PERIOD_KINDS
from performance.reports.catalogue import Report
from performance.reports.choices import FileFormat, Rhythm, ScheduleStatus, Weekday
from performance.reports.models import Produced, Schedule
from prm.access.roles import STAFF_ROLE_CHOICES
from prm.api.serializers import StrictSerializer


class ReportSerializer(serializers.Serializer):
    """A report of the catalogue."""

    key = serializers.CharField()
    title = serializers.CharField()
    answers = serializers.CharField(help_text="The question that it answers.")
    subject = serializers.CharField(source="subject.key")
    permission = serializers.CharField(help_text="The scope that its rows need besides report:view.")
    filters = serializers.ListField(child=serializers.CharField())
    formats = serializers.ListField(child=serializers.CharField())
    reaches_partners = serializers.BooleanField(help_text="Whether it can be sent to partners, each its own rows.")
    is_pack = serializers.SerializerMethodField(help_text="Whether its PDF is a document for one partner.")

    def get_is_pack(self, report: Report) -> bool:
        return report.pack is not None


class ColumnSerializer(serializers.Serializer):
    """A column of a report."""

    key = serializers.CharField()
    title = serializers.CharField(source="label")


class RowsSerializer(serializers.Serializer):
    """The first rows of a report, and what they are as of."""

    report = serializers.CharField()
    as_of = serializers.DateField()
    run = serializers.IntegerField(allow_null=True)
    period = serializers.CharField(allow_null=True)
    filters = serializers.DictField(child=serializers.CharField(), help_text="In words.")
    count = serializers.IntegerField(help_text="How many rows there are in all.")
    columns = ColumnSerializer(many=True)
    rows = serializers.ListField(child=serializers.DictField(), help_text="Values by column.")


class FileInputSerializer(StrictSerializer):
    """Which file to produce."""

    format = serializers.ChoiceField(FileFormat.choices)
    filters = serializers.DictField(child=serializers.CharField(), default=dict)


class ExportSerializer(serializers.Serializer):
    """A file under way. `produced` is its id once it is there."""

    id = serializers.UUIDField()
    status = serializers.CharField()
    url = serializers.CharField()
    produced = serializers.UUIDField(allow_null=True)
    error = serializers.CharField()


class ProducedSerializer(serializers.ModelSerializer):
    """A file that is kept."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = serializers.CharField(source="partner.external_id", default=None, allow_null=True)
    schedule = serializers.UUIDField(source="dispatch.schedule.public_id", default=None, allow_null=True)
    run = serializers.IntegerField(source="run_id", allow_null=True)

    class Meta:
        model = Produced
        fields = [
            "id",
            "report",
            "title",
            "format",
            "filters",
            "as_of",
            "run",
            "period",
            "row_count",
            "partner",
            "schedule",
            "created_at",
            "expires_on",
        ]
        read_only_fields = fields


class ScheduleSerializer(serializers.ModelSerializer):
    """A schedule. `next_due_at` is null while it pauses and where it waits for a closing."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    members = serializers.SerializerMethodField(help_text="Mail addresses.")

    class Meta:
        model = Schedule
        fields = [
            "id",
            "name",
            "report",
            "filters",
            "format",
            "rhythm",
            "at",
            "timezone",
            "weekday",
            "day",
            "period_kind",
            "days_after",
            "members",
            "roles",
            "to_partners",
            "message",
            "status",
            "next_due_at",
            "version",
        ]
        read_only_fields = fields

    def get_members(self, row: Any) -> list[str]:
        return [one.user.email for one in row.members.all()]


class ScheduleInputSerializer(StrictSerializer):
    """A schedule as it is written. What its rhythm does not use is ignored."""

    name = serializers.CharField(max_length=120)
    report = serializers.CharField(max_length=60)
    filters = serializers.DictField(child=serializers.CharField(), default=dict)
    format = serializers.ChoiceField(FileFormat.choices)
    rhythm = serializers.ChoiceField(Rhythm.choices)
    at = serializers.TimeField(default=time(7), help_text="In the time zone below.")
    timezone = serializers.CharField(
        max_length=64, allow_blank=True, default="", help_text="For example Europe/Berlin. Empty: the workspace's own."
    )
    weekday = serializers.ChoiceField(Weekday.choices, default=Weekday.MONDAY, help_text="0 is Monday.")
    day = serializers.IntegerField(min_value=1, max_value=31, default=1)
    period_kind = serializers.ChoiceField(PERIOD_KINDS, default="quarter")
    days_after = serializers.IntegerField(min_value=0, max_value=90, default=0)
    members = serializers.ListField(child=serializers.EmailField(), default=list, max_length=200)
    roles = serializers.ListField(child=serializers.ChoiceField(STAFF_ROLE_CHOICES), default=list)
    to_partners = serializers.BooleanField(default=False)
    message = serializers.CharField(max_length=1000, allow_blank=True, default="")


class ScheduleChangeSerializer(ScheduleInputSerializer):
    """Changes of a schedule; what is left out stays."""

    status = serializers.ChoiceField(ScheduleStatus.choices, required=False)
    version = serializers.IntegerField(required=False, help_text="Refused with 409 where it has changed since.")


class SendingSerializer(serializers.Serializer):
    """One sending and what came of it."""

    id = serializers.UUIDField(source="public_id")
    due_at = serializers.DateTimeField()
    period = serializers.CharField()
    status = serializers.CharField()
    as_of = serializers.DateField(allow_null=True)
    sent = serializers.IntegerField()
    withheld = serializers.IntegerField()
    failed = serializers.IntegerField()
    waiting = serializers.IntegerField()
    error = serializers.CharField()
