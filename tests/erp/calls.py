"""An ERP as tests speak for it, in MachineMetrics' words."""

from datetime import timedelta

from production.models import ErpRun, JobRun
from tests.make import make_station
from tests.scheduling.machinemetrics import Integration

START, STOP, RUN = "/erp/jobdispatch/start", "/erp/jobdispatch/stop", "/erp/jobdispatch"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Erp(Integration):
    """An ERP that knows two machines, 7 and 8."""

    def settle(self, *args, **kwargs):
        """The first of them follows a pattern."""
        super().settle(*args, **kwargs)
        self.station.erp_id = "7"
        self.station.save()
        self.other = make_station(group=self.station.group, erp_id="8")
        return self

    def body(self, id_="01", machine="7", **fields):
        """The sample of the reference."""
        return {
            "erpJobOperationRunId": id_, "erpMachineId": machine, "startInSetup": False,
            "jobName": "Spacely Sprockets", "jobOperationDescription": "Sprockets for Spacely Space Sprockets, Inc.",
            "lotName": None, "partName": "Sprocket001", "quantityRequired": 1000, "expectedSetupTime": 600,
            "expectedPartTime": 120_000, "idealPartTime": 100_000,
        } | fields  # fmt: skip

    def start(self, id_="01", machine="7", **fields):
        """What must go well, and is answered null."""
        assert self.does("POST", START, self.body(id_, machine, **fields)) is None
        return ErpRun.objects.get(company=self.company, erp_run_id=str(id_)).run

    def stop(self, id_="01", **fields):
        """The same."""
        assert self.does("POST", STOP, {"erpJobOperationRunId": id_} | fields) is None
        return ErpRun.objects.get(company=self.company, erp_run_id=str(id_)).run


def iso(at):
    return at.isoformat().replace("+00:00", "Z")


def spans(station):
    runs = JobRun.objects.filter(station=station, actual_start__isnull=False).order_by("actual_start")
    return [(run.erp.erp_run_id, run.actual_start, run.actual_end) for run in runs]
