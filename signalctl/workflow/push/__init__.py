"""The push: plans to devices as a journalled transaction, and back."""

from signalctl.workflow.push.prepare import (
    Approvals,
    Complaint,
    Fault,
    Order,
    Prepared,
    Target,
    matched,
    prepare,
)
from signalctl.workflow.push.progress import Deed, Moved, Report, silent
from signalctl.workflow.push.recovery import resume, roll_back, settle, unended
from signalctl.workflow.push.run import Records, push, push_id
from signalctl.workflow.push.terms import Terms

__all__ = [
    "Approvals",
    "Complaint",
    "Deed",
    "Fault",
    "Moved",
    "Order",
    "Prepared",
    "Records",
    "Report",
    "Target",
    "Terms",
    "matched",
    "prepare",
    "push",
    "push_id",
    "resume",
    "roll_back",
    "settle",
    "silent",
    "unended",
]
