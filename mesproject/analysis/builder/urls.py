"""The report builder, kept reports, their mails, and reports that are being worked out."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from mesproject.analysis.builder import mail_pages, pages, run_pages, saved_pages


class MailingStep(StringConverter):
    """What is done with a mailing."""

    regex = "pause|resume|delete"


register_converter(MailingStep, "mailing_step")

app_name = "builder"
# /analysis/report/saved/
saved_urls = [
    path("saved/", saved_pages.every, name="reports"),
    path("saved/new/", saved_pages.keep, name="keep"),
    path("saved/<uuid:report>/", saved_pages.one, name="saved"),
    path("saved/<uuid:report>/change/", saved_pages.change, name="change"),
    path("saved/<uuid:report>/copy/", saved_pages.copy, name="copy"),
    path("saved/<uuid:report>/delete/", saved_pages.delete, name="delete"),
    path("saved/<uuid:report>/restore/", saved_pages.restore, name="restore"),
    path("saved/<uuid:report>/mails/", mail_pages.mails, name="mails"),
    path("saved/<uuid:report>/mails/now/", mail_pages.now_to_me, name="mail-now"),
]
# /analysis/report/mails/
mail_urls = [
    path("mails/<uuid:mailing>/<mailing_step:step>/", mail_pages.change, name="mailing"),
    path("mails/leave/<str:token>/", mail_pages.leave, name="leave"),
    path("mails/file/<str:token>/", mail_pages.mailed, name="mailed"),
]
# /analysis/report/runs/<run>/
run_urls = [
    path("runs/<uuid:run>/", run_pages.one, name="run"),
    path("runs/<uuid:run>/cancel/", run_pages.cancel, name="run-cancel"),
]
urlpatterns = [path("", pages.report, name="report"), *saved_urls, *mail_urls, *run_urls]
