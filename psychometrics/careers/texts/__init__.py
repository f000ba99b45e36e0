"""Every sentence that recommendations say, by key and language."""

from psychometrics.careers.texts.loading import LANGUAGES, texts
from psychometrics.sentences import Texts

__all__ = ["LANGUAGES", "Texts", "texts"]
