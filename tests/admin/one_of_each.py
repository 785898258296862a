"""One row of every model that the admin shows, for tests that are generated over all of them."""

from auditlog.models import LogEntry
from django.contrib import admin
from django.urls import reverse

from downtime.models import AnswerBook, AnswerRule, Cause, ErrorCode, Issue
from mesproject.accounts.models import ApiKey, Company, Device, Endpoint, OutboxMessage, User
from mesproject.analysis.builder.models import AllowedAddress
from mesproject.outgoing.models import Subscription, Summary
from mesproject.reports.models import KpiDefinition
from production.models import (
    File,
    HandCount,
    Job,
    JobImport,
    JobRun,
    Operator,
    Plant,
    QuarantinedMessage,
    ShiftNote,
    SignOn,
    Sku,
    SkuGroup,
    Station,
    StationGroup,
    StationLive,
)
from production.models.skus import SkuGroupMember
from quality.models import Reject, RejectReason
from scheduling.holidays import Source, keep
from scheduling.models import (
    CalendarFeed,
    EventAssignment,
    EventInstance,
    HolidayCalendar,
    PatternException,
    Recomputation,
    ScheduleEvent,
    ShiftPattern,
)
from tests.make import (
    NOON,
    make_api_key,
    make_cause,
    make_device,
    make_endpoint,
    make_error_code,
    make_event,
    make_event_assignment,
    make_file,
    make_group,
    make_hand_count,
    make_issue,
    make_job,
    make_job_import,
    make_job_run,
    make_operator,
    make_outbox_message,
    make_pattern,
    make_pin,
    make_plant,
    make_quarantined,
    make_reject,
    make_reject_reason,
    make_rule,
    make_shift_note,
    make_sign_on,
    make_sku,
    make_station,
    make_subscription,
    make_user,
)


def make_live(company):
    station = make_station(company=company)
    return StationLive.objects.update_or_create(station=station, defaults={"last_seen_at": NOON})[0]


def make_gateway(company):
    device, _ = make_device(company=company)
    make_pin(device, make_station(company=company))
    return device


def make_sku_group(company):
    group = SkuGroup.objects.create(
        company=company, code=f"G{company.pk}-{SkuGroup.objects.count()}", name="Pair"
    )
    SkuGroupMember.objects.create(group=group, sku=make_sku(company=company))
    return group


def make_log_entry(company):
    plant = make_plant(company=company)
    plant.name = "Lyon II"
    plant.save()
    return LogEntry.objects.filter(additional_data__company=company.pk).latest()


def make_exception(company):
    pattern = make_pattern(company=company)
    return PatternException.objects.create(
        pattern=pattern, date=NOON.date(), action="cancelled", reason="Feast"
    )


def make_one_off(company):
    station, event = make_station(company=company), make_event(company=company)
    return EventInstance.objects.create(
        station=station, event=event, name=event.name, event_type="break", start_at=NOON, one_off=True
    )


def make_recomputation(company):
    changed = {"M1": {"before_ms": 3_600_000, "after_ms": 7_200_000}}
    return Recomputation.objects.create(
        company=company, asked_at=NOON, asked_by="ann", reason="Stocktaking", since=NOON, changed=changed
    )


ONE_OF_EACH = {
    Company: lambda company: company,
    User: lambda company: make_user(company=company),
    ApiKey: lambda company: make_api_key(company=company)[0],
    Device: make_gateway,
    Endpoint: lambda company: make_endpoint(company=company),
    Subscription: lambda company: make_subscription(make_user(company=company)),
    Summary: lambda company: Summary.objects.create(
        plant=make_plant(company=company), day=NOON.date(), due_at=NOON
    ),
    OutboxMessage: lambda company: make_outbox_message(company=company),
    LogEntry: make_log_entry,
    Plant: lambda company: make_plant(company=company),
    StationGroup: lambda company: make_group(company=company),
    Station: lambda company: make_pattern(follows=make_station(company=company)).assignments.get().station,
    File: lambda company: make_file(company=company),
    Sku: lambda company: make_sku(company=company),
    SkuGroup: make_sku_group,
    Job: lambda company: make_job(company=company, sku=make_sku(company=company)),
    JobImport: lambda company: make_job_import(company),
    JobRun: lambda company: make_job_run(make_station(company=company)),
    Operator: lambda company: make_operator(company=company),
    ShiftNote: lambda company: make_shift_note(make_station(company=company)),
    SignOn: lambda company: make_sign_on(make_station(company=company)),
    HandCount: lambda company: make_hand_count(make_station(company=company)),
    QuarantinedMessage: lambda company: make_quarantined(company=company),
    StationLive: make_live,
    ShiftPattern: lambda company: make_pattern(company=company),
    ScheduleEvent: lambda company: make_event_assignment(make_pattern(company=company)).event,
    EventAssignment: lambda company: make_event_assignment(make_pattern(company=company)),
    PatternException: make_exception,
    EventInstance: make_one_off,
    Recomputation: make_recomputation,
    Cause: lambda company: make_cause(parent=make_cause(company=company)),
    Issue: lambda company: make_issue(make_station(company=company), cause=make_cause(company=company)),
    RejectReason: lambda company: make_reject_reason(company=company),
    Reject: lambda company: make_reject(make_station(company=company)),
    KpiDefinition: lambda company: KpiDefinition.objects.get_or_create(company=company)[0],
}


def make_holidays(company):
    make_pattern(company=company)
    source = Source(country="DE", language="de")
    return keep(company, source, name="Germany", patterns=None, at=NOON)[0]


def make_book(company):
    make_rule(company=company)
    return AnswerBook.objects.of(company).first()


def make_placed_rule(company):
    station = make_station(company=company)
    places = {"stations": [station], "groups": [station.group], "skus": [make_sku(company=company)]}
    return make_rule(make_cause(company=company), error_codes="E17", **places)


def make_code_of_a_station(company):
    station = make_station(company=company)
    return make_error_code("E17", make_cause(company=company), station=station)


def make_calendar_feed(company):
    feed = CalendarFeed(company=company, name="Ann's phone", station=make_station(company=company))
    feed.issue_token()
    feed.save()
    return feed


def make_allowed_address(company):
    number = AllowedAddress.objects.count()
    return AllowedAddress.objects.create(company=company, address=f"ken-{number}@example.com")


ONE_OF_EACH |= {
    HolidayCalendar: make_holidays,
    CalendarFeed: make_calendar_feed,
    AnswerRule: make_placed_rule,
    ErrorCode: make_code_of_a_station,
    AnswerBook: make_book,
    AllowedAddress: make_allowed_address,
}
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


def label(model):
    return model._meta.label_lower


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
