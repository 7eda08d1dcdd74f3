"""`python -m reports.html [RUN]`: makes RUN/report/index.html, one file that needs no network, with Allure 3.

Exit codes: 0 made, 1 it could not be made, 4 there is no such run or it has no results.
"""

import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from reports.folder import OUT, EvidenceError, find_run
from reports.history import lines_before, remember, report_name
from reports.manifest import REPORT
from reports.node import PROJECT, NodeError, find_node, install_allure, run
from reports.record import RecordError, read_record, write_atomically
from reports.usage import USAGE, UsageParser

_BUILD_TIMEOUT_S = 120.0

# Allure 3.18 puts Google's tag into every page, and has no option against it.
_ANALYTICS = re.compile(
    r"<script async src=\"https://www\.googletagmanager\.com/[^\"]*\"></script>\s*<script>\s*window\.dataLayer\b.*?</script>",
    re.DOTALL,
)
_FETCHES = re.compile(
    r"<(?:script|link|img|iframe)\b[^>]{0,500}?\b(?:src|href)\s*=\s*[\"']?\s*((?:https?:)?//[^\s\"'>]{0,200})"
)
# What the page may load, for what it shows was written by the target: only what it holds itself.
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src data: blob: '
    "'unsafe-inline' 'unsafe-eval'; base-uri 'self'; form-action 'none'\">"
)


class ReportError(Exception):
    """The page that Allure made cannot be kept; the text says why."""


def build(evidence: Path, environ: Mapping[str, str], project: Path = PROJECT) -> Path:
    """Makes the page for this evidence folder and returns its path; the earlier one is replaced.

    Installs Allure first if need be. Raises RecordError, NodeError, ReportError, OSError.
    """
    record = read_record(evidence / "run.json")
    node = find_node(environ)
    install_allure(project, environ)
    with tempfile.TemporaryDirectory(prefix="finchat-report-") as temporary:
        history = Path(temporary) / "history.jsonl"
        history.write_text("".join(f"{line}\n" for line in lines_before(evidence.parent, record)), encoding="utf-8")
        made = Path(temporary) / "made"
        command = [node, str(project / "node_modules/allure/cli.js"), "awesome", str(evidence / "allure-results")]
        command += ["--config", str(project / "allurerc.mjs"), "--output", str(made), "--single-file"]
        command += ["--name", report_name(record), "--history-path", str(history)]
        # No secret of ours is in its environment: it needs none.
        run(command, Path(temporary), {"PATH": environ.get("PATH", ""), "HOME": temporary}, _BUILD_TIMEOUT_S)
        page = made / "index.html"
        if not page.is_file():
            raise ReportError(f"Allure made no page from {evidence / 'allure-results'}: are there results in it?")
        text = offline(page.read_text(encoding="utf-8"))
        remember(evidence.parent, history.read_text(encoding="utf-8").rstrip("\n").split("\n")[-1])
    target = evidence / REPORT / "index.html"
    target.parent.mkdir(exist_ok=True)
    write_atomically(target, text)
    return target


def offline(page: str) -> str:
    """The page without its analytics, and with a policy that keeps it from loading anything. Raises ReportError."""
    page = _ANALYTICS.sub("", page).replace("<head>", f"<head>\n    {_POLICY}", 1)
    if fetched := _FETCHES.search(page):
        raise ReportError(f"Allure's page loads {fetched[1]}: it is not kept, for a report must not need the network.")
    return page


def main(arguments: Sequence[str] | None = None) -> int:
    parser = UsageParser(prog="python -m reports.html", description="Makes the HTML report of a run, in one file.")
    parser.add_argument(
        "run", nargs="?", default="latest", metavar="RUN", help="a run id or a folder (default: latest)"
    )
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="where the evidence is (%(default)s)")
    options = parser.parse_args(arguments)
    try:
        evidence = find_run(options.out, options.run)
        if not any((evidence / "allure-results").glob("*-result.json")):
            raise EvidenceError(f"{evidence} has no Allure results: no check ran, or the run was killed.")
        print(build(evidence, os.environ))
    except (EvidenceError, RecordError) as error:
        print(error, file=sys.stderr)
        return USAGE
    except (NodeError, ReportError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
