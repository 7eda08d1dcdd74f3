"""What stands beside Allure's results and says what was tested, by what: environment.properties and executor.json.

Write them when the session ends, in the controller only: each xdist worker clears the directory when it starts.
"""

import json
from collections.abc import Mapping

ENVIRONMENT = "environment.properties"
EXECUTOR = "executor.json"


def environment_properties(facts: Mapping[str, str]) -> str:
    """The text of environment.properties: what the report shows as its metadata, in this order.

    Say at least the target, the deployment, the suite's version and Python's.
    """
    return "".join(f"{_escaped(name, ' =:#!')}={_escaped(value, '')}\n" for name, value in facts.items())


def executor_json(suite: str, run_id: str) -> str:
    """The text of executor.json: which suite, by name and version, made which run."""
    return json.dumps({"name": suite, "type": "pytest", "buildName": run_id}) + "\n"


def _escaped(text: str, separators: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    return "".join(f"\\{character}" if character in separators else character for character in escaped)
