"""`schemas/settings.schema.json` says of the settings file exactly what the code says."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from pdp_bridge.sandbox import demo
from pdp_bridge.settings import KEYS, SECTION_ALIASES
from pdp_bridge.settings.company_tables import OWN

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "settings.schema.json").read_text("utf-8"))


def leaves(node, prefix=""):
    for name, child in node["properties"].items():
        if "properties" in child:
            assert child["additionalProperties"] is False
            yield from leaves(child, f"{prefix}{name}.")
        elif "$ref" not in child and name != "company":
            yield f"{prefix}{name}", child


def test_every_setting_is_in_the_schema_with_its_type_and_default():
    described = dict(leaves(SCHEMA))
    assert list(described) == list(KEYS)
    for name, key in KEYS.items():
        expected = json.loads(json.dumps(dict(key.kind.schema)))
        if key.default is not None:
            expected["default"] = key.default
        assert {field: value for field, value in described[name].items() if field != "description"} == expected
        assert described[name]["description"]


def test_aliases_of_sections_are_in_the_schema():
    for alias, section in SECTION_ALIASES.items():
        assert SCHEMA["properties"][alias] == {"$ref": f"#/properties/{section}"}


def test_a_company_holds_the_sections_that_are_its_own():
    aliases = {alias for alias, section in SECTION_ALIASES.items() if section in OWN}
    properties = SCHEMA["$defs"]["company"]["properties"]
    assert properties == {name: {"$ref": f"#/properties/{name}"} for name in OWN | aliases}


def test_the_demo_file_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(tomllib.loads(demo.settings_text()), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_companies_are_valid():
    text = "[company.a.seller]\nname = 'A'\n[company.b.facturation_pro]\nfirm_id = 12"
    jsonschema.validate(tomllib.loads(text), SCHEMA, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "text",
    ["enviroment = 'sandbox'", "[seller]\nvat_on_debits = 'no'", "[iopole]\nrpm = -1", "[company.a]\ndata = 'x'"],
)
def test_a_wrong_file_is_not(text):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), SCHEMA, cls=jsonschema.Draft202012Validator)
