"""Deriving the cheaper stylesheet: what is read of a pattern, and every shape of file that is not touched."""

from __future__ import annotations

import pytest
from lxml import etree

from pdp_bridge.validation import rewriting
from pdp_bridge.validation.anatomy import NotAsExpected, anatomy
from pdp_bridge.validation.patterns import NotAPath, paths
from pdp_bridge.validation.rewriting import rewritten
from pdp_bridge.validation.rulesets import BR_FR, for_profile, rule_sets

EN16931 = for_profile("urn:cen.eu:en16931:2017")
FRENCH = rule_sets()[BR_FR].schematron.read_text("utf-8")
EUROPEAN = EN16931.schematron.read_text("utf-8")
PREFIXES = {"a": "urn:a", "b": "urn:b", "same": "urn:a"}


def beside(name: str) -> bytes:
    return (EN16931.schematron.parent / name).read_bytes()


def derived(text: str, codes=beside) -> str:
    return rewritten(text.encode(), codes)


# Patterns


@pytest.mark.parametrize(
    ("pattern", "starts"),
    [
        ("a:x", ["//a:x"]),
        ("//a:x/b:y", ["//a:x"]),
        ("/a:x[b:y/b:z = '/|]']/b:y", ["/a:x[b:y/b:z = '/|]']"]),
        ("//*[not(*) and not(normalize-space())]", ["//*[not(*) and not(normalize-space())]"]),
        ("a:x | /b:y", ["//a:x", "/b:y"]),
        ("*:x[a:y[1] | b:z]", ["//*:x[a:y[1] | b:z]"]),
    ],
)
def test_a_path_is_selected_from_anywhere(pattern, starts):
    assert [path.start for path in paths(pattern, PREFIXES)] == starts


@pytest.mark.parametrize(
    "pattern",
    [
        *("/", "", ".", "@a", "a:x/@b", "text()", "a:x/text()", "node()", "key('k', 'v')", "id('i')", "child::a:x"),
        *("a:x//b:y", "(a:x | b:y)/a:z", "a:x[", "a:x]", "a:x['", "a:x/", "a:x/|b:y", "unknown:x", "a:x b:y"),
        *("a:x[b:y = current()/b:z]", "a:x(: note :)"),
    ],
)
def test_what_is_no_path_of_names_is_not_read(pattern):
    with pytest.raises(NotAPath):
        paths(pattern, PREFIXES)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("a:x", "b:x", True),
        ("a:x", "same:x", False),
        ("a:x", "a:y", True),
        ("a:x", "x", True),
        ("a:x", "*", False),
        ("a:x", "a:*", False),
        ("a:x", "b:*", True),
        ("a:x", "*:x", False),
        ("a:y/a:x", "b:y/a:x", True),
        ("a:y/a:x", "a:x", False),
        ("/a:x", "a:y/a:x", True),
        ("/a:y/a:x", "/a:x", True),
        ("/a:y/a:x", "a:x", False),
        ("/a:x[1]", "/a:x[2]", False),  # what predicates say is not looked at
    ],
)
def test_paths_are_apart_only_when_no_element_can_match_both(one, other, apart):
    (mine,), (theirs,) = paths(one, PREFIXES), paths(other, PREFIXES)
    assert mine.apart(theirs) is theirs.apart(mine) is apart


# The derived file


def test_it_asks_every_question_and_walks_nowhere():
    text = derived(EUROPEAN)
    sheet = anatomy(EUROPEAN.encode())
    asked = etree.fromstring(text.encode()).iter("{*}when", "{*}if")
    bodies = [part for pattern in sheet.patterns for rule in pattern.rules for part in rule.body]
    questions = [part for part in bodies if not part.tag.endswith("variable")]
    assert len([one for one in asked if one.get("test")]) >= len(questions) == 627
    assert "document(" not in text
    assert 'select="/"' not in text


def test_it_is_the_same_each_time_and_leaves_the_official_file_alone():
    before = EN16931.schematron.read_bytes()
    assert derived(EUROPEAN) == derived(EUROPEAN)
    assert EN16931.schematron.read_bytes() == before


def test_a_pattern_that_is_no_path_keeps_its_walk():
    text = FRENCH.replace('match="rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:ID"', 'match="ram:ID[current()]"')
    assert text != FRENCH
    assert derived(text).count('select="/"') == derived(FRENCH).count('select="/"') + 1


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


RULE = '<svrl:fired-rule xmlns:svrl="http://purl.oclc.org/dsdl/svrl"'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (RULE, f'<xsl:message terminate="yes">stop</xsl:message>{RULE}'),
        (RULE, f"{RULE} role='{{document-uri(/)}}'"),
        ('<xsl:apply-templates select="/" mode="M24"/>', '<xsl:apply-templates select="/*" mode="M24"/>'),
        ('<xsl:apply-templates select="/" mode="M24"/>', '<xsl:apply-templates select="/" mode="M25"/>'),
        ('<xsl:apply-templates select="*" mode="M24"/>', '<xsl:apply-templates select="ram:ID" mode="M24"/>'),
        ('<xsl:template match="text()" priority="-1"/>', '<xsl:template match="*">x</xsl:template>'),
        ('<xsl:template match="text()" priority="-1"/>', '<xsl:strip-space elements="*"/>'),
        ('<xsl:template match="text()" priority="-1"/>', '<xsl:import href="other.xsl"/>'),
        ('<xsl:template match="text()" priority="-1"/>', '<xsl:template match="a" mode="other"/>'),
        ('test="string-length(.) le 35"', 'test="position() le 35"'),
        ('test="string-length(.) le 35"', 'test="last() = 1"'),
        ('test="string-length(.) le 35"', "test=\"doc('x')\""),
        ('test="string-length(.) le 35"', "test=\"unparsed-text('x') = 'y'\""),
        ('priority="1002"', 'priority="-3"'),
        ('<xsl:param name="archiveDirParameter"/>', '<xsl:param name="siren"/>'),
        ('version="2.0"', 'version="2.0" xpath-default-namespace="urn:x"'),
        ("<svrl:schematron-output", '<svrl:schematron-output xmlns:ram="urn:other"'),
        ("<xsl:stylesheet", "<xsl:stylesheet<"),
    ],
)
def test_a_file_of_another_shape_is_not_touched(old, new):
    derived(FRENCH)
    with pytest.raises(NotAsExpected):
        derived(changed(FRENCH, old, new))


@pytest.mark.parametrize(
    "codes",
    [
        b"<other><cl id='1'/></other>",
        b"<codedb><cl id='1'/><cl id='1'/></codedb>",
        b"<codedb><cl id='one'/></codedb>",
        b"<codedb><cl id='01'/></codedb>",
    ],
)
def test_code_lists_of_another_shape_are_not_used(codes):
    with pytest.raises(NotAsExpected):
        derived(EUROPEAN, lambda _: codes)


def test_a_question_put_to_the_code_lists_in_other_words_is_refused():
    with pytest.raises(NotAsExpected, match="reads elsewhere"):
        derived(
            changed(EUROPEAN, "string-length($codeValue4)=0 or document", "string-length($codeValue4) = 0 or document")
        )


def test_a_code_with_an_apostrophe_stays_one_code():
    text = derived(EUROPEAN, lambda _: b"<codedb><cl id='4'><enumeration value=\"l'un\"/></cl></codedb>")
    assert "map{'l''un':1}" in text


def test_a_rewriting_that_would_lose_a_question_is_refused(monkeypatch):
    grown = rewriting._grow

    def forgetful(branch, parent):
        branch.rules[:] = branch.rules[1:]
        grown(branch, parent)

    monkeypatch.setattr(rewriting, "_grow", forgetful)
    with pytest.raises(NotAsExpected, match="would be lost"):
        derived(FRENCH)
