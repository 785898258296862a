from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "mesproject.schedule"
    verbose_name = "Schedule"
