"""What stands in the plant and what it made."""

from production.models.entries import Entry
from production.models.files import File, FileContent
from production.models.hand_counts import HandCount
from production.models.imports import JobImport, JobImportPart
from production.models.jobs import ErpRun, Job, JobDispatch, JobRun, Operator
from production.models.live import StationLive
from production.models.notes import ShiftNote
from production.models.plant import Plant, Station, StationGroup
from production.models.sign_ons import SignOn
from production.models.signals import BrokerReceipt, QuarantinedMessage, Signal, SignalReceipt
from production.models.skus import Sku, SkuGroup, SkuGroupMember
from production.models.sources import MTConnectSource, PinMapping

__all__ = [
    "BrokerReceipt",
    "Entry",
    "ErpRun",
    "File",
    "FileContent",
    "HandCount",
    "Job",
    "JobDispatch",
    "JobImport",
    "JobImportPart",
    "JobRun",
    "MTConnectSource",
    "Operator",
    "PinMapping",
    "Plant",
    "QuarantinedMessage",
    "ShiftNote",
    "SignOn",
    "Signal",
    "SignalReceipt",
    "Sku",
    "SkuGroup",
    "SkuGroupMember",
    "Station",
    "StationGroup",
    "StationLive",
]
