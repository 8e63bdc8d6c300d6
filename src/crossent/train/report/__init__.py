"""The report of a run: lines on the console while it goes, report.txt and report.json when it is over."""
