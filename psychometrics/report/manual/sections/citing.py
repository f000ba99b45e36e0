"""How to cite, and what this manual was made from."""

from __future__ import annotations

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Absent, Material
from psychometrics.result import counted
from psychometrics.version import VERSION


def citing(material: Material) -> Section:
    """Write how to cite, and from what the manual can be made again."""
    instrument = material.instrument
    draft = Draft("citing", "How to cite, and how to make this manual again", statements=material.statements)
    draft.find(
        f"Cite the instrument with its version, {instrument.name}, and the manual with the data it rests on."
    )
    draft.say(citation(material))
    norms = material.norms
    rows = [
        ("Instrument", instrument.name),
        ("Fingerprint of everything that changes a score", instrument.fingerprint),
        ("Norms", "" if isinstance(norms, Absent) else norms.source.norms),
        (
            "SHA-256 of the responses",
            "" if material.responses is None else material.responses.source.input_sha256,
        ),
        ("SHA-256 of the ratings", "" if material.ratings is None else material.ratings.source.input_sha256),
        ("Level of the intervals", material.level),
        ("Groups", ", ".join(material.groups)),
        ("Smallest group shown", counted(material.smallest, "person")),
        (
            "Day by which the age of the norms is judged",
            "" if isinstance(norms, Absent) or material.today is None else material.today.isoformat(),
        ),
        ("Made with", f"psychometrics-engine {VERSION}"),
    ]
    draft.facts(rows)
    draft.note("The same definition, data, options and version of the package give the same bytes.")
    return draft.done()


def citation(material: Material) -> str:
    """Return the line to cite the manual by."""
    instrument = material.instrument
    simulated = " SIMULATED DATA." if material.simulated else ""
    digests = [
        data.source.input_sha256[:16]
        for data in (material.responses, material.ratings)
        if data is not None and data.source.input_sha256
    ]
    data = f" Data SHA-256 {', '.join(f'{one}…' for one in digests)}." if digests else " Without data."
    return (
        f"{instrument.title}, version {instrument.version}: technical manual.{simulated} Instrument {instrument.name}, fingerprint "
        f"{instrument.fingerprint.removeprefix('sha256:')[:16]}….{data} Made with psychometrics-engine {VERSION}."
    )
