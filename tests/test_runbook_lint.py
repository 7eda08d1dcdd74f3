"""What is wrong with a runbook's text, by tables: each finding once where it belongs, and not where it does not."""

from pathlib import Path

import pytest

from drills.runbook.lint import lint
from drills.runbook.matching import Finder
from drills.steps import load_runbook, parse_runbook

USERS = Path(__file__).resolve().parents[2] / "shared/runbook/incident-response.md"
OURS = load_runbook()


def found(text: str) -> list[tuple[int, str]]:
    findings = lint(parse_runbook(text, "rb.md", ids_required=False), Finder(OURS).knows)
    for finding in findings:
        assert finding.sentence == f"rb.md:{finding.line}: {finding.text} [{finding.code}]"
    return [(finding.line, finding.code) for finding in findings]


def block(*lines: str) -> str:
    return "\n".join(("```bash", *lines, "```", ""))


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["tail -f x | grep y"], [(2, "never-ends")]),
        (["tail -n 5 x", "tail -20F x"], [(3, "never-ends")]),
        (["tail -n5 file-f"], []),
        (["watch -n 30 'curl -f x'"], [(2, "never-ends")]),
        (["ping a", "ping -c 3 a", "ping -w5 a"], [(2, "never-ends")]),
        (["top", "top -b", "top -b -n1 | head", "top -bn 1"], [(2, "never-ends"), (3, "never-ends")]),
        (["docker logs -f a", "docker logs a --tail 5", "docker-compose -f a.yml logs"], [(2, "never-ends")]),
        (["docker stats", "docker stats --no-stream"], [(2, "never-ends")]),
        (["journalctl -fu a", "journalctl -u a"], [(2, "never-ends")]),
        (["curl -v http://a/health"], [(2, "no-fail")]),
        (["curl -f http://a", "curl -sSf a", "curl --fail a", "curl -s a | jq .", "curl -w '%{http_code}' a"], []),
        (["curl -s a && echo fine"], [(2, "no-fail")]),
        (["curl -f -w @form.txt a"], [(2, "missing-file")]),
        (["echo '%{time_total}' > form.txt", "curl -f -w @form.txt a"], []),
        (["rm -rf ~/a/*.tmp", "rm -rf ~/a", "rm ~/a/*", "rm -r -f b?"], [(2, "rm-glob"), (5, "rm-glob")]),
        (["git revert <commit>", "git revert --no-edit <commit>"], [(2, "opens-editor")]),
        (["echo 'a: 1' >> b.yml", "echo a >> b.log"], [(2, "appends")]),
        (["$ docker ps"], [(2, "prompt")]),
        (["echo \u201chello\u201d"], [(2, "typographic")]),
        (["export A=1"], [(2, "unread-export")]),
        (["docker ps", "export A=1", "export B=2"], [(3, "unread-export"), (4, "unread-export")]),
        (["export A=1", "# then", "docker-compose up -d"], []),
        (["export A=1", "docker-compose restart"], [(2, "restart-keeps-environment")]),
        (["export A=1", "docker-compose restart", "docker-compose up -d"], []),
        (["export A=1", "echo $A", "docker-compose restart"], []),
        (["A=1 docker-compose up -d"], []),
        (["# raise the limit", "A=5 x # Reduce from 10"], [(3, "contradiction")]),
        (["# raise the limit", "A=5 x # raised"], []),
        (["# Reduce it", "x A=50 # was 10"], [(3, "contradiction")]),
        (["# Reduce it", "x A=5 # was 10"], []),
        (["# Increase it", "x A=5 # from 10"], [(3, "contradiction")]),
        (["# Increase, then reduce it", "x A=5 # from 10"], []),
        (["# Increase it", "x A=5"], []),
        (["A_MODE=1 x", "ENABLE_A_MODE=1 x", "A_MODE=2 y"], [(3, "two-spellings")]),
    ],
)
def test_commands(commands: list[str], expected: list[tuple[int, str]]) -> None:
    assert found(block(*commands)) == expected


def test_one_knob_in_two_spellings_across_blocks() -> None:
    text = block("ENABLE_FALLBACK_MODE=1 x", "API_URL=a API_URL_BASE=b x") + block("FALLBACK_MODE=1 y")
    assert found(text) == [(6, "two-spellings")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("| On call | [Name] | a@company.com | +1-555-0123 |", ["placeholder"]),
        ("Call 212-555-0199.", ["placeholder"]),
        ("Write to ops@finchat.io, or see [the page](x) [1].", []),
        ("Port 5550 and id 15550123.", []),
        ("Owner: TBD", ["placeholder"]),
        ("\u00f0\u0178\u0161\u00a8 ALERT", ["mojibake"]),
        ("caf\u00c3\u00a9", ["mojibake"]),
        ("caf\u00e9, \U0001f6a8 and \u201cquotes\u201d \u2013 all well", []),
        ("lost: \ufffd", ["mojibake"]),
    ],
)
def test_text(line: str, expected: list[str]) -> None:
    assert found(f"# A\n\n{line}\n") == [(3, code) for code in expected]


def test_a_form_may_have_places_to_fill_in() -> None:
    assert found("```\n[Name] +1-555-0123\n```\n") == []


def test_commands_of_ours_under_no_shell_are_said() -> None:
    assert found("```\ndocker-compose restart api\n```\n\n```json\n{}\n```\n") == [(1, "untold-shell")]


def test_five_thousand_exports_take_no_time() -> None:
    assert len(found(block(*(f"export NAME_{number}=1" for number in range(5000))))) == 5000


@pytest.mark.skipif(not USERS.is_file(), reason=f"the user's runbook is not at {USERS}: nothing to lint")
def test_the_users_runbook() -> None:
    by_code: dict[str, list[int]] = {}
    for finding in lint(load_runbook(USERS, ids_required=False), Finder(OURS).knows):
        by_code.setdefault(finding.code, []).append(finding.line)
    assert by_code == {
        "mojibake": [49, 361],
        "no-fail": [82, 83, 86, 87, 116, 282, 283, 286],
        "never-ends": [102, 106, 107, 110, 194, 197],
        "missing-file": [116],
        "rm-glob": [136, 154, 269],
        "contradiction": [145],
        "unread-export": [145, 292, 295, 298],
        "restart-keeps-environment": [161, 162],
        "opens-editor": [179],
        "appends": [266],
        "two-spellings": [292, 295],
        "placeholder": [352, 353, 354, 355],
    }
