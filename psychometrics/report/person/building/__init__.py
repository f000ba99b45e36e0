"""From scores, norms and evidence to the content of result pages."""

from psychometrics.report.person.building.reports import PersonReports, person_reports, report_person

__all__ = ["PersonReports", "person_reports", "report_person"]
