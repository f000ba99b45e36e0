"""The words of the pages, from one catalogue per language; what definitions say is not among them."""

from psychometrics.web.texts.loading import LANGUAGES, Texts, texts

__all__ = ["LANGUAGES", "Texts", "texts"]
