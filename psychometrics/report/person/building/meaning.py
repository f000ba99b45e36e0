"""What the score means and does not, in the words of the definition; the same for everybody."""

from __future__ import annotations

from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.levels import levels_of_t
from psychometrics.report.person.building.page import ORIGIN_OF_ALL, Page, basis, sentence
from psychometrics.report.person.building.words import ended

PLACES = {"mid": "places.mid", "below": "places.below", "at_or_below": "places.at_or_below"}


def means(page: Page) -> tuple[Sentence, ...]:
    """Return construct, direction of the scales that stand alone, intended use, population."""
    definition = page.instrument.definition
    said = [sentence(ended(definition.construct_text), basis("definition", "construct"))]
    for scale in page.key_scales:
        if scale.direction:
            text = page.say("means.direction", title=page.titles[scale.id], direction=ended(scale.direction))
            said.append(sentence(text, basis("definition", f"scales.{scale.id}.direction")))
    if page.one_origin:
        known = [base for scale_id in page.asked.origins for base in page.error_bases(scale_id)]
        said.append(sentence(page.say(ORIGIN_OF_ALL[page.one_origin]), *known))
    said += [
        sentence(page.say("means.use", use=ended(use)), basis("definition", f"intended_use.{i}"))
        for i, use in enumerate(definition.intended_use)
    ]
    people = page.say("means.population", population=ended(definition.population))
    return (*said, sentence(people, basis("definition", "population")))


def does_not_mean(page: Page) -> tuple[Sentence, ...]:
    """Return that it is no diagnosis and no promise, and every misuse the definition names."""
    first = sentence(page.say("not_means.no_diagnosis"), basis("definition", "intended_use"))
    return (
        first,
        *(
            sentence(misuse(page, text), basis("definition", f"misuse.{i}"))
            for i, text in enumerate(page.instrument.definition.misuse)
        ),
    )


def misuse(page: Page, text: str) -> str:
    """Return a misuse with the words before it; none where the definition says itself, in a sentence, what not to do.

    "Comparing persons" needs them; "Not a diagnosis." and "Two items are too few to describe a person." do not.
    """
    first = (text.split() or [""])[0].lower()
    sentence_of_its_own = text.rstrip().endswith(".") and first != "as" and not first.endswith("ing")
    if first == "not" or sentence_of_its_own:
        return ended(text)
    return page.say("not_means.misuse", misuse=ended(text))


def norms_sentence(page: Page) -> Sentence | None:
    """Name the norm sample: title, n, date, SIMULATED, who it was, how old it is; None without norms."""
    norms, age = page.asked.norms, page.asked.age
    if norms is None or age is None:
        return None
    head, say = norms.head, page.say
    n = (
        say("norms.size_unknown")
        if head.population.n is None
        else say("norms.size", n=f"{head.population.n:,}")
    )
    values = {
        "title": head.title,
        "edition": norms.name,
        "date": page.norms_date,
        "size": n,
        "who": ended(head.population.description),
    }
    parts = [say("norms.named_simulated", **values) if head.simulated else say("norms.named", **values)]
    if age.verdict == "outdated":
        parts.append(say("norms.outdated", years=f"{age.years:.0f}"))
    if age.verdict == "unusable":
        used = page.asked.normed is not None
        parts.append(say("norms.unusable_used") if used else say("norms.unusable"))
    if age.verdict == "unknown":
        parts.append(say("norms.age_unknown"))
    return sentence(" ".join(parts), *page.norms_basis)


def places_note(page: Page) -> Sentence | None:
    """Say what a percentile rank counts; None where nobody is compared."""
    normed = page.asked.normed
    if normed is None:
        return None
    method = normed.placing.method
    key = PLACES.get(method)
    text = page.say("places.plotting", method=method) if key is None else page.say(key)
    if any(scale.id not in page.bands for scale in page.instrument.scales):
        text = f"{text} {page.say('level.convention', levels=levels_of_t(page))}"
    return sentence(text, *page.norms_basis)
