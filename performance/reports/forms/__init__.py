"""Forms of reports: filters, saving, schedules."""
