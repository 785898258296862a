"""What stands in the plant and what it made."""

from production.models.jobs import Job, JobRun, Operator
from production.models.live import StationLive
from production.models.plant import Plant, Station, StationGroup
from production.models.signals import BrokerReceipt, QuarantinedMessage, Signal, SignalReceipt
from production.models.skus import Sku, SkuGroup, SkuGroupMember
from production.models.sources import MTConnectSource, PinMapping

__all__ = [
    "BrokerReceipt",
    "Job",
    "JobRun",
    "MTConnectSource",
    "Operator",
    "PinMapping",
    "Plant",
    "QuarantinedMessage",
    "Signal",
    "SignalReceipt",
    "Sku",
    "SkuGroup",
    "SkuGroupMember",
    "Station",
    "StationGroup",
    "StationLive",
]
