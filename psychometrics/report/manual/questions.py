"""What a reviewer of a test asks, in our words, each with who asks it and what would answer it.

Who asks: chapters and standards of the Standards for educational and psychological testing (AERA, APA, NCME 2014), and
the parts of the EFPA review model. Chapters are named where a single standard was not at hand.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question: its id, the section that should answer it, its words, who asks, what would answer it."""

    id: str
    section: str
    ask: str
    asked_by: str
    fill: str


STD = "Standards 2014, chapter"
STDS = "Standards 2014, chapters"
EFPA = "EFPA review model"
AUTHOR = "a statement of the authors"


def _asks(section: str, *rows: tuple[str, str, str, str]) -> tuple[Ask, ...]:
    return tuple(
        Ask(id=f"{section}.{name}", section=section, ask=ask, asked_by=by, fill=fill)
        for name, ask, by, fill in rows
    )


QUESTIONS: tuple[Ask, ...] = (
    *_asks(
        "purpose",
        (
            "use",
            "What are the scores for?",
            f"{STD} 1; {EFPA}, description",
            "intended_use in the definition",
        ),
        ("misuse", "What are they not for?", f"{STDS} 1 and 9", "misuse in the definition"),
        ("population", "For whom?", f"{STD} 1; {EFPA}, description", "population in the definition"),
        (
            "users",
            "Who may give the instrument and read its scores, and with what training?",
            f"{STDS} 7 and 9; {EFPA}, description",
            f"{AUTHOR}: qualifications of users",
        ),
    ),
    *_asks(
        "construct",
        ("definition", "What is measured?", f"{STD} 1; {EFPA}, rationale", "construct in the definition"),
        (
            "direction",
            "What does a higher score mean, scale by scale?",
            f"{STD} 6",
            "direction of every scale in the definition",
        ),
        (
            "theory",
            "On which theory or research does the construct rest?",
            f"{STD} 1; {EFPA}, rationale",
            f"{AUTHOR}: theory and research, with references",
        ),
    ),
    *_asks(
        "development",
        (
            "items",
            "Who wrote or chose the items, from what, and by which rules?",
            f"{STD} 4; {EFPA}, development",
            f"{AUTHOR}: authors of the items, specification of content, rules of writing",
        ),
        (
            "sources",
            "Which publications does the content rest on?",
            f"{STD} 4",
            "sources in the definition, with what each was used for",
        ),
        (
            "tryout",
            "With whom were items tried out, and which were dropped or changed?",
            f"{STD} 4; {EFPA}, development",
            f"{AUTHOR}: samples of the tryouts, items dropped, reasons",
        ),
        (
            "translation",
            "Is it a translation or an adaptation, and how was that made?",
            f"{STD} 3; ITC guidelines; {EFPA}, development",
            f"{AUTHOR}: original, method of translation, evidence that both work alike; or that it is an original",
        ),
    ),
    *_asks(
        "administration",
        ("time", "How long does it take?", f"{STDS} 4 and 6", "minutes in the definition"),
        (
            "conditions",
            "How is it given: medium, instructions, supervision?",
            f"{STD} 6; {EFPA}, description",
            f"{AUTHOR}: medium, wording of the instructions, supervision, conditions",
        ),
        (
            "again",
            "When may it be taken again?",
            f"{STDS} 6 and 12; 29 CFR 1607.12",
            "retest_days in the definition",
        ),
        (
            "security",
            "How are items and answers kept from being known or shared?",
            f"{STDS} 6 and 9",
            f"{AUTHOR}: how content is protected, and what happens once it is known",
        ),
        (
            "access",
            "How are persons with disabilities and second-language readers served?",
            f"{STD} 3; {EFPA}, equality, diversity and inclusion",
            f"{AUTHOR}: accommodations offered, and whether scores under them compare",
        ),
    ),
    *_asks(
        "items",
        ("wording", "What is asked?", f"{STD} 7", "text or topic of every item in the definition"),
        ("licence", "Under which licence?", f"{EFPA}, description", "licence in the definition"),
        (
            "rubric",
            "What do raters judge, and what is each level?",
            f"{STDS} 4 and 6",
            "criteria with levels and descriptors in the definition",
        ),
    ),
    *_asks(
        "scoring",
        ("rules", "How do answers become scores?", f"{STDS} 4 and 6", "scales in the definition"),
        (
            "missing",
            "What happens to answers that are missing?",
            f"{STDS} 4 and 6",
            "the missing rule of every scale in the definition",
        ),
        (
            "raters",
            "How do the ratings of several raters become one?",
            f"{STDS} 4 and 6",
            "raters in the definition",
        ),
        (
            "cuts",
            "What do bands and cuts rest on?",
            f"{STD} 5 (standard setting)",
            "basis with source or rationale of every band and cut in the definition",
        ),
        (
            "standard_setting",
            "Who set the cuts, by which method?",
            f"{STD} 5 (standard setting)",
            f"{AUTHOR}: panel, method, date, agreement of the panel",
        ),
    ),
    *_asks(
        "sample",
        (
            "who",
            "Who are the people behind the figures of this manual, and how were they found?",
            f"{STDS} 1 and 7; {EFPA}, norms",
            f"{AUTHOR}: population, sampling, dates, participation",
        ),
        ("size", "How many are they?", f"{STDS} 1 and 2", "responses or ratings"),
        ("blanks", "How much is missing?", f"{STD} 6", "responses"),
        ("spread", "How do scores spread?", f"{STD} 5", "responses or ratings of 2 persons or more"),
    ),
    *_asks(
        "norms",
        ("edition", "Is there a norm sample?", "Standard 5.8", "a norm edition: pm.build_norms, or norms="),
        (
            "described",
            "Are its population, sampling, participation, dates, weights and exclusions described?",
            "Standards 5.8 and 5.9; GRoNC",
            "the questions of the norms report that are open",
        ),
        (
            "precision",
            "How precise are the norms?",
            "Standard 5.9; GRoNC",
            "an edition that keeps counts",
        ),
        ("age", "How old are they?", "Standard 5.9; COTAN", "collected in the edition: first and last day"),
    ),
    *_asks(
        "reliability",
        (
            "coefficients",
            "How reliable is every score, with an interval?",
            f"{STD} 2; {EFPA}, reliability",
            "responses (and ratings, where raters take part) of 100 persons or more",
        ),
        (
            "error",
            "How large is the standard error of measurement?",
            f"{STD} 2",
            "the same data as for reliability",
        ),
        (
            "conditional",
            "How large is it along the score, above all near cuts?",
            f"{STD} 2",
            "responses without blanks of some hundred persons",
        ),
        (
            "groups",
            "How reliable are scores in the groups they are used for?",
            f"{STDS} 2 and 3",
            "person columns with the groups: groups=",
        ),
    ),
    *_asks(
        "stability",
        (
            "retest",
            "How stable are scores from one occasion to the next?",
            f"{STD} 2; {EFPA}, reliability; COSMIN box 6",
            "responses (ratings) of the same persons on a second occasion: retest=",
        ),
        (
            "interval",
            "How long was the interval?",
            "COSMIN box 6",
            "a date per person and occasion: a column completed_on",
        ),
        (
            "change",
            "Which change of one person is more than error?",
            "COSMIN, measurement error",
            "a second occasion: retest=",
        ),
        (
            "forms",
            "Are there parallel forms, and do their scores compare?",
            f"{STDS} 2 and 5; {EFPA}, reliability",
            f"{AUTHOR}: the forms and their equating; or that there is one form",
        ),
    ),
    *_asks(
        "raters",
        (
            "agreement",
            "How well do raters agree, task by task?",
            f"{STD} 2; {EFPA}, reliability",
            "ratings of the same work by two raters or more",
        ),
        (
            "severity",
            "Do raters differ in severity?",
            f"{STDS} 2 and 6",
            "ratings in which raters share work",
        ),
        (
            "adjudication",
            "How often are two ratings too far apart, and what happens then?",
            f"{STD} 6",
            "ratings of two raters or more, and adjudicate_gap in the definition",
        ),
        (
            "training",
            "How are raters chosen, trained and watched?",
            f"{STDS} 4 and 6",
            f"{AUTHOR}: choice, training, monitoring of raters",
        ),
    ),
    *_asks(
        "structure",
        (
            "dimensions",
            "Do the items of a scale measure one thing?",
            f"{STD} 1 (internal structure); {EFPA}, construct validity",
            "responses to scales of 3 items or more",
        ),
        (
            "scales",
            "How do the scales go together?",
            f"{STD} 1 (internal structure)",
            "responses or ratings with two scales or more",
        ),
        (
            "model",
            "Does a factor model of all items fit, and does it fit alike in groups?",
            f"{STDS} 1 and 3; {EFPA}, construct validity",
            f"{AUTHOR}: a confirmatory factor analysis of all items, and its invariance over groups",
        ),
    ),
    *_asks(
        "analysis",
        ("items", "How does every item work?", f"{STD} 4; {EFPA}, item analysis", "responses"),
        ("keys", "Do the data contradict the key?", f"{STD} 6", "responses of 50 persons or more"),
    ),
    *_asks(
        "validity",
        (
            "content",
            "Do experts agree that the content covers the construct?",
            f"{STD} 1 (test content); {EFPA}, validity",
            f"{AUTHOR}: judgements of experts on every item, and their agreement",
        ),
        (
            "process",
            "Do persons and raters do what they are thought to do while answering and judging?",
            f"{STD} 1 (response processes)",
            f"{AUTHOR}: interviews, think-aloud records, times",
        ),
        (
            "criteria",
            "How do scores go with criteria and with other measures?",
            f"{STD} 1 (relations to other variables); {EFPA}, criterion and construct validity",
            "criterion values per person: criteria=",
        ),
        (
            "consequences",
            "What follows from the use of the scores, intended or not?",
            f"{STD} 1 (consequences of testing)",
            f"{AUTHOR}: what was observed of benefits and harms",
        ),
    ),
    *_asks(
        "fairness",
        (
            "differences",
            "How do groups differ?",
            f"{STD} 3; {EFPA}, equality, diversity and inclusion",
            "person columns with the groups: groups=",
        ),
        (
            "impact",
            "Do cuts select groups at different rates?",
            f"{STD} 3; 29 CFR 1607.4(D)",
            "person columns with the groups, and cuts in the definition",
        ),
        (
            "items",
            "Do items work alike in groups (differential item functioning)?",
            f"{STD} 3; {EFPA}, equality, diversity and inclusion",
            f"{AUTHOR}: an analysis of differential item functioning",
        ),
    ),
    *_asks(
        "decisions",
        (
            "rates",
            "How many persons meet each cut?",
            f"{STD} 5",
            "responses or ratings, and cuts in the definition",
        ),
        (
            "consistency",
            "How consistent would the decisions be with another set of items or raters?",
            f"{STD} 2",
            "scores with a known standard error at the cut",
        ),
    ),
    *_asks(
        "limits",
        ("known", "Which limits are known?", f"{STD} 7", "left_out in the definition"),
        (
            "review",
            "Has somebody other than the authors reviewed this manual?",
            f"{STD} 7; {EFPA}",
            "who reviewed it, and when: reviewed=",
        ),
    ),
    *_asks(
        "changes",
        (
            "log",
            "What has changed between versions?",
            f"{STDS} 4 and 7",
            "entries of a change log: changelog=",
        ),
    ),
)

BY_ID = {one.id: one for one in QUESTIONS}
