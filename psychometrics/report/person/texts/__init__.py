"""Every sentence and label of the result page, by key and language."""

from psychometrics.report.person.texts.loading import LANGUAGES, Texts, texts

__all__ = ["LANGUAGES", "Texts", "texts"]
