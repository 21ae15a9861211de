"""Fixes: the edits of findings put into files, and override stubs. They know no system."""

from rulecheck.fix.apply import Change, Outcome, Reason, Skipped, apply
from rulecheck.fix.diff import diff
from rulecheck.fix.rounds import Settled, settle

__all__ = ["Change", "Outcome", "Reason", "Settled", "Skipped", "apply", "diff", "settle"]
