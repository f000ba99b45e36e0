"""The catalogue is a graph: every node can be reached and left, every name is known, every fault is reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from careers_for_tests import CATALOGUE, CLAIMS, REFUSED, catalogue, claims

import psychometrics as pm
from psychometrics import catalog
from psychometrics.careers import catalogue_schema, load_catalogue, parse_catalogue, parse_claims
from psychometrics.careers.catalogue_candidates import screened_levels
from psychometrics.careers.catalogue_format import Link, Node
from psychometrics.errors import CareersError

JUDGED = 'why = "w", basis = "authors_judgement" }'


def refusal(text: str) -> CareersError:
    with pytest.raises(CareersError) as caught:
        parse_catalogue(text, claims())
    return caught.value


def test_the_flagship_has_its_role_its_cluster_and_its_neighbours() -> None:
    shipped = load_catalogue()
    assert shipped.node("backend-developer").kind == "role"
    for skill in ("nodejs", "python", "sql", "apis", "docker"):
        assert "backend-developer" in [link.to for link in shipped.links_from(skill)]
    for skill in ("technical-leadership", "mentoring", "blockchain", "compiler-engineering"):
        assert shipped.links_to(skill), skill
    assert [level.cut for level in shipped.levels_of("rust")] == ["junior", "mid", "senior"]


def test_the_catalogue_fits_every_instrument_it_names() -> None:
    shipped = load_catalogue()
    known = {entry.id for entry in catalog.entries("instruments")}
    named = {node.instrument for node in shipped.nodes if node.instrument}
    assert named <= known
    for name in named:
        assert screened_levels(shipped, pm.load_instrument(name))


def test_every_strength_that_no_claim_carries_says_that_it_is_judged() -> None:
    frame = load_catalogue().to_frame()
    with_strength = frame[frame.strength.notna()]
    assert with_strength.authors_judgement[~with_strength.basis.str.startswith("claim:")].all()
    assert frame.why.str.len().min() > 0


def test_a_market_signal_is_a_figure_of_a_claim_or_absent() -> None:
    shipped = load_catalogue()
    assert shipped.market_of("rust") == 0.148
    assert shipped.market_of("mentoring") is None
    for node in shipped.nodes:
        if node.market is not None:
            figure = shipped.claims.claim(node.market.claim).figure(node.market.figure)
            assert figure is not None
            assert float(figure.value) == pytest.approx(100 * shipped.market_of(node.id))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ('to = "far"', 'to = "fra"', "nodes[3] (upper).links[1] (fra).to", 'no node. Did you mean "far"?'),
        ('to = "far"', 'to = "upper"', "links[1] (upper).to", "leads to the node itself"),
        ('to = "far"', 'to = "skill"', "nodes[3] (upper).links", 'two links to "skill"'),
        (
            'to = "far", kind = "learned_next"',
            'to = "far", kind = "part_of"',
            ".kind",
            "part_of from a level",
        ),
        ("strength = 0.4, ", "", "nodes[3] (upper).links[1] (far).strength", "missing"),
        ('kind = "level_of", ', 'kind = "level_of", strength = 0.1, ', ".strength", "has no strength"),
        ("strength = 0.4", "strength = 1.5", ".strength", "less than or equal to 1"),
        ('basis = "claim:shares"', 'basis = "claim:share"', ".basis", 'Did you mean "shares"?'),
        ('basis = "claim:shares"', 'basis = "claim:myth"', ".basis", "a refused claim"),
        ('basis = "claim:shares"', 'basis = "javascript:alert(1)"', ".basis", "javascript:alert(1)"),
        ('claims = ["shares"]', 'claims = ["none"]', "nodes[4] (near).claims", 'no claim "none"'),
        ('figure = "far"', 'figure = "fra"', "nodes[5] (far).market.figure", 'Did you mean "far"?'),
        ('instrument = "levels"', "", "nodes[2] (lower).cut", "names no instrument"),
        ('kind = "role"', 'kind = "skill"', "nodes", "no role"),
        ('id = "far"\nkind', 'id = "near"\nkind', "nodes", 'the id "near" stands there 2 times'),
        ('[kinds.rate]\nwhy = "a reason"\n', "", "kinds.rate", "missing"),
        ('[weights.market]\nweight = 0.5\nwhy = "a choice"\n', "", "weights.market", "missing"),
        ("surely_missed = 0.2", "surely_missed = 0.9", "rules.surely_missed", "above surely_met"),
        ("weight = 0.5", "weight = 2", "weights", "less than or equal to 1"),
        ('cut = "low-cut"', 'cutt = "low-cut"', "nodes[2] (lower).cutt", 'Did you mean "cut"?'),
        ('url = "https://example.org/lower"', 'url = "javascript:x"', "sources[0].url", "javascript:x"),
        ('id = "role"\nkind', 'id = "Role"\nkind', "nodes[0] (Role).id", "Role"),
        ('text = "Lies far."', 'text = ""', "nodes[5] (far).text", "''"),
        ('title = "Near"', 'title = "Near"\ncut = "low-cut"', "nodes[4] (near)", "only levels have them"),
        (
            'title = "Upper"',
            'title = "Upper"\ninstrument = "x"',
            "nodes[3] (upper).instrument",
            "on the skill",
        ),
    ],
)
def test_every_fault_of_the_graph_is_reported(old: str, new: str, where: str, says: str) -> None:
    assert old in CATALOGUE
    error = refusal(CATALOGUE.replace(old, new, 1))
    assert any(where in problem.where and says in str(problem) for problem in error.problems), str(error)


def test_an_orphan_and_a_dead_end_are_reported() -> None:
    alone = '[[nodes]]\nid = "alone"\nkind = "skill"\ntitle = "Alone"\ntext = "Alone."\n'
    says = [str(problem) for problem in refusal(CATALOGUE + alone).problems]
    assert any("(alone): cannot be reached from a role" in line for line in says)
    assert any("(alone): a dead end" in line for line in says)
    island = alone + f'links = [{{ to = "island", kind = "recurs_with", strength = 0.5, {JUDGED}]\n'
    island += alone.replace("alone", "island")
    island += f'links = [{{ to = "alone", kind = "recurs_with", strength = 0.5, {JUDGED}]\n'
    error = refusal(CATALOGUE + island)
    assert [problem.what for problem in error.problems] == ["cannot be reached from a role"] * 2


def test_a_claim_that_nothing_uses_is_reported() -> None:
    more = CLAIMS + CLAIMS.replace("format = 1", "").replace('"shares"', '"spare"')
    with pytest.raises(CareersError, match='nothing uses the claim "spare"'):
        parse_catalogue(CATALOGUE, parse_claims(more, REFUSED))


def test_all_faults_come_at_once() -> None:
    wrong = CATALOGUE.replace('to = "far"', 'to = "fra"').replace('claims = ["shares"]', 'claims = ["none"]')
    wrong = wrong.replace('figure = "far"', 'figure = "fra"')
    error = refusal(wrong)
    assert len(error.problems) == 3
    assert error.facts["n_problems"] == 3


def test_a_basis_is_resolved_to_its_node_or_link() -> None:
    small = catalogue()
    node, link = small.resolve("near"), small.resolve("skill->near")
    assert isinstance(node, Node)
    assert isinstance(link, Link)
    assert (node.title, link.to) == ("Near", "near")
    for ref in ("none", "near->skill", "->", ""):
        with pytest.raises(CareersError):
            small.resolve(ref)


def test_claims_of_an_instrument_are_those_of_skill_levels_and_role() -> None:
    assert catalogue().claims_for("levels") == ("shares",)
    assert catalogue().claims_for("another") == ()
    assert "noy-zhang-2023" in load_catalogue().claims_for("skill-rust-backend")


def test_a_catalogue_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text(CATALOGUE, encoding="utf-8")
    own = load_catalogue(file, claims=claims())
    assert repr(own) == "<Catalogue: 6 nodes, 9 links, 1 claims>"
    assert list(own.to_frame().columns)[:4] == ["from", "from_kind", "to", "link"]
    with pytest.raises(CareersError, match="cannot be read"):
        load_catalogue(tmp_path / "none.toml")


def test_a_catalogue_that_does_not_fit_its_instrument_says_all_of_it() -> None:
    from careers_for_tests import LEVELS

    wrong = catalogue(
        CATALOGUE.replace('"low-cut"', '"lowcut"').replace('scales = ["high"]', 'scales = ["hig"]')
    )
    with pytest.raises(CareersError, match="does not fit levels@1") as caught:
        screened_levels(wrong, pm.parse_instrument(LEVELS))
    assert [problem.where for problem in caught.value.problems] == ["lower.cut", "upper.scales"]


def test_the_schema_has_every_key() -> None:
    schema = catalogue_schema()
    assert {"nodes", "rules", "weights", "kinds"} <= set(schema["properties"])
    assert {"market", "links", "cut", "instrument"} <= set(schema["$defs"]["Node"]["properties"])
