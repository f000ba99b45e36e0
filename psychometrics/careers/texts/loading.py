"""The sentences of recommendations in one language."""

from __future__ import annotations

import tomllib
from functools import cache

from psychometrics.errors import CareersError, Problem
from psychometrics.sentences import Texts, languages_in, read_templates, template_problem

FOLDER = "psychometrics.careers.texts"
LANGUAGES = languages_in(FOLDER)
"""Languages that have a file of sentences."""


@cache
def texts(language: str = "en") -> Texts:
    """Return the sentences of a language.

    Raises
    ------
    CareersError
        No such language, or a file that does not fit its format.
    """
    name = f"{language}.toml"
    if language not in LANGUAGES:
        raise CareersError(
            f'no texts of recommendations in "{language}"',
            hint=f"There is: {', '.join(LANGUAGES)}. A translation is a file beside that of en.",
        )
    try:
        sentences = read_templates(FOLDER, name, "sentences")
    except tomllib.TOMLDecodeError as error:
        raise CareersError(f"{name}: {error}") from error
    found = [template_problem(key, one) for key, one in sentences.items()]
    problems = [Problem(where=name, what=problem) for problem in found if problem]
    if problems:
        raise CareersError(f'the texts in "{language}" cannot be used', problems=problems)
    return Texts(language=language, sentences=sentences)
