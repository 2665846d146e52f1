"""Our JSON Schemas of the payloads we read: true of every fixture, of what the adapter makes, and not of anything."""

import json
from pathlib import Path

import jsonschema
import pytest
import referencing

ROOT = Path(__file__).parents[1]
SCHEMAS = sorted((ROOT / "schemas").glob("*/*.schema.json"))


def loaded(path):
    return json.loads(path.read_text("utf-8"))


def judge(name):
    registry = referencing.Registry().with_resources(
        (path.name, referencing.Resource.from_contents(loaded(path))) for path in SCHEMAS
    )
    schema = loaded(next(path for path in SCHEMAS if path.name == f"{name}.schema.json"))
    return jsonschema.Draft202012Validator(schema, registry=registry)


def body(name):
    return loaded(ROOT / "fixtures" / "exchanges" / "iopole" / f"{name}.json")["response"]["body"]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_each_schema_is_one(path):
    jsonschema.Draft202012Validator.check_schema(loaded(path))


@pytest.mark.parametrize("path", sorted((ROOT / "fixtures" / "status").glob("*.json")), ids=lambda path: path.stem)
def test_status_events_fit(path):
    judge("status").validate(loaded(path))


def test_answers_of_the_platform_fit():
    judge("token").validate(body("token_200"))
    judge("deposit").validate(body("send_201"))
    judge("search").validate(body("search_200"))
    judge("search").validate(body("search_empty"))
    for event in body("status_history") + body("not_seen_flat"):
        judge("status").validate(event)


def test_a_success_without_id_does_not_fit():
    assert not judge("deposit").is_valid(body("send_201_without_id"))
    assert not judge("token").is_valid(body("token_401"))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "fixtures" / "cases").glob("*/source.json")), ids=lambda path: path.parent.name
)
def test_the_payloads_of_the_cases_fit(path):
    judge("snapshot").validate(loaded(path)["payload"])
