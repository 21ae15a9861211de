"""What a system tells the checks: entries and calls, verdicts about walks, and the model that is asked for them."""
