"""What a rule costs against the trace, counted by running the user's code: operations and bytes, never times."""
