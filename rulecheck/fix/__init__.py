"""Fixes: the edits of findings put into files, and override stubs. They know no system."""

from rulecheck.fix.apply import FileChange, FixOutcome, Reason, Skipped, apply
from rulecheck.fix.diff import diff
from rulecheck.fix.rounds import AfterFixing, settle

__all__ = ["AfterFixing", "FileChange", "FixOutcome", "Reason", "Skipped", "apply", "diff", "settle"]
