"""What SARIF 2.1.0 (sections 3.13 to 3.57) asks of the objects that we write, as a JSON schema of our own."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 0}
NUMBER = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
BAG = {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}}}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def listed(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


MESSAGE = closed(["text"], text=TEXT, markdown=TEXT)
ARTIFACT = closed(["uri"], uri={"type": "string", "format": "uri-reference"}, uriBaseId=TEXT)
LINES = closed(["startLine"], startLine=NUMBER, startColumn=NUMBER, endLine=NUMBER, endColumn=NUMBER)
CHARACTERS = closed(["charOffset"], charOffset=COUNT, charLength=COUNT)
LOCATION = closed(
    ["physicalLocation"],
    id={"type": "integer", "minimum": -1},
    physicalLocation=closed(["artifactLocation"], artifactLocation=ARTIFACT, region=LINES),
    logicalLocations=listed(closed([], fullyQualifiedName={"type": "string"}), uniqueItems=True),
    message=MESSAGE,
)
FIX = closed(
    ["artifactChanges"],
    description=MESSAGE,
    artifactChanges=listed(
        closed(
            ["artifactLocation", "replacements"],
            artifactLocation=ARTIFACT,
            replacements=listed(
                closed(
                    ["deletedRegion"], deletedRegion=CHARACTERS, insertedContent=closed([], text={"type": "string"})
                ),
                minItems=1,
            ),
        ),
        minItems=1,
        uniqueItems=True,
    ),
)
RESULT = closed(
    ["message", "ruleId"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    level=LEVEL,
    message=MESSAGE,
    locations=listed(LOCATION, maxItems=1),
    relatedLocations=listed(LOCATION, uniqueItems=True),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    fixes=listed(FIX, uniqueItems=True),
    properties=BAG,
)
RULE = closed(
    ["id"],
    id=TEXT,
    name={"type": "string", "pattern": "^[A-Z][A-Za-z]+$"},
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed([], enabled={"type": "boolean"}, level=LEVEL),
    properties=BAG,
)
RUN = closed(
    ["tool", "results"],
    tool=closed(
        ["driver"],
        driver=closed(
            ["name"],
            name=TEXT,
            version=TEXT,
            semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
            rules=listed(RULE, uniqueItems=True),
        ),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={
        "type": "object",
        "additionalProperties": closed([], uri={"type": "string"}, description=MESSAGE),
    },
    invocations=listed(closed(["executionSuccessful"], executionSuccessful={"type": "boolean"}), uniqueItems=True),
    results=listed(RESULT),
    properties=BAG,
)
LOG = closed(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs=listed(RUN),
)
