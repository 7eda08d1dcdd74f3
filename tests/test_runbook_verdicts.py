"""How a command is read, and what it is worth: predicates and verdicts by tables."""

import pytest

from drills.runbook.blocks import RunbookError
from drills.runbook.predicate import Seen, parse_predicate
from drills.runbook.verdict import Worth, verdict_of

OK = Seen(0, "finchat-api  Up 2 hours\n200 0.004\n")
REFUSED = Seen(7, "", "curl: (7) Failed to connect to localhost port 8000\n")
HANGING = Seen(None, "one error\r\ntwo errors\r\nthree\r\n")


@pytest.mark.parametrize(
    ("text", "seen", "holds"),
    [
        ("exit == 0", OK, True),
        ("exit != 0", OK, False),
        ("exit != 0", REFUSED, True),
        ("exit > 6", REFUSED, True),
        ("exit <= 6", REFUSED, False),
        ("exit != 0", HANGING, False),
        ("exit == 0", HANGING, False),
        ("hangs", HANGING, True),
        ("hangs", REFUSED, False),
        ("output ~ /finchat-api +Up/", OK, True),
        ("output ~ /FINCHAT/", OK, False),
        ("output ~ /FINCHAT/i", OK, True),
        ("output !~ /finchat/", OK, False),
        ("output ~ /^200/", OK, True),
        ("output ~ /three$/", HANGING, True),
        (
            'output ~ /^"status": "up"$/',
            Seen(0, '\x1b[34;1m"status"\x1b[0m\x1b[1;39m: \x1b[0;32m"up"\x1b[0m\r\n'),
            True,
        ),
        ('stdout ~ /^"up"$/', Seen(0, '\x1b[?1049h\x1b[22;0;0t\x1b[1;24r\x1b(B\x1b[3;1H"up"\x1b[24;80H'), True),
        ("output ~ /^a b$/", Seen(0, "a\x1b[Cb"), True),
        ("output ~ /Failed to connect/", REFUSED, True),
        ("stdout ~ /Failed/", REFUSED, False),
        ("stdout !~ /Failed/", REFUSED, True),
        ("stderr ~ /Failed/", REFUSED, True),
        (r"output ~ /a\/b/", Seen(0, "a/b"), True),
        (r"output ~ /a\/b/", Seen(0, r"a\/b"), False),
        ("output ~ /x and exit == 0 or y/", Seen(0, "x and exit == 0 or y"), True),
        ("count(/error/) == 2", HANGING, True),
        ("count(/error/) >= 3", HANGING, False),
        ("count(/error/) == 0", Seen(0, ""), True),
        ("number > 10", Seen(0, "12\n"), True),
        ("number == 0", Seen(0, "grep: x: No such file 5\n0\n"), True),
        ("number < 10", Seen(0, "-3.5\n"), True),
        ("number > 1", Seen(0, "1e3\n"), True),
        ("number > 10", Seen(0, ""), False),
        ("number <= 10", Seen(0, ""), False),
        ("number != 10", Seen(0, ""), False),
        ("number > 0", Seen(0, "at line 5 of x\n"), False),
        (r"number(/^\d+ (\S+)$/) < 1", OK, True),
        (r"number(/^\d+ (\S+)$/) > 1", OK, False),
        (r"number(/(\w+) hours/) == 2", OK, True),
        (r"number(/Up (.*)$/) > 0", OK, False),
        (r"number(/Avg: (\S+)/) > 0", OK, False),
        (r"number(/Avg:( \d+)?/) > 0", Seen(0, "Avg:"), False),
        ("exit != 0 or hangs", HANGING, True),
        ("exit == 0 and output ~ /absent/", OK, False),
        ("exit == 0 and output ~ /Up/ or hangs", OK, True),
        ("hangs or exit == 0 and output ~ /absent/", OK, False),
        ("  exit==0   and  hangs or exit==7", REFUSED, True),
    ],
)
def test_a_predicate(text: str, seen: Seen, holds: bool) -> None:
    predicate = parse_predicate(text, "rb.md:3")
    assert predicate.holds(seen) is holds
    assert (predicate.text, predicate.where) == (text.strip(), "rb.md:3")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' is no predicate: write one of exit != 0, hangs, output ~ /regex/"),
        ("exit = 0", "'exit = 0' is no predicate"),
        ("exit ~ /0/", "'exit ~ /0/' is no predicate"),
        ("output == /a/", "is no predicate"),
        ("output ~ a", "is no predicate"),
        ("output ~ //", "is no predicate"),
        ("output ~ /a", "is no predicate"),
        ("hangsx", "is no predicate"),
        ("exit == 0 and", "'and' is left over in the predicate: join terms with and, or."),
        ("exit == 0 or or hangs", "'or hangs' is no predicate"),
        ("exit == 0 hangs", "'hangs' is left over in the predicate: join terms with and, or."),
        ("exit == 0 xor hangs", "'xor hangs' is left over"),
        ("output ~ /a/g", "'g' is left over"),
        ("output ~ /(/", "/(/ is no regular expression (missing )"),
        ("number(/a/) > 1", "/a/ has to hold the number in one pair of parentheses."),
        ("number(/(a)(b)/) > 1", "has to hold the number in one pair"),
        ("count() > 1", "is no predicate"),
    ],
)
def test_what_is_no_predicate(text: str, says: str) -> None:
    with pytest.raises(RunbookError) as caught:
        parse_predicate(text, "rb.md:3")
    assert str(caught.value).startswith("rb.md:3: ")
    assert says in str(caught.value)


NOT_FOUND = Seen(127, "", "bash: valgrind: command not found\n")
NO_FILE = Seen(0, "0\n", "grep: logs/access.log: No such file or directory\n")
NO_MATCH = Seen(1, "")
WRONG = [Seen(2, "", f"awk: cmd. line:1: (FILENAME=x FNR={n}) fatal: division by zero") for n in (10, 20, 30)]


@pytest.mark.parametrize(
    ("healthy", "broken", "text", "worth", "why"),
    [
        ([OK] * 3, [REFUSED] * 3, "exit != 0", Worth.INFORMATIVE, "held in 3 of 3 broken runs and 0 of 3 healthy"),
        ([OK] * 3, [HANGING] * 3, "hangs", Worth.INFORMATIVE, "`hangs` held in 3 of 3"),
        ([OK] * 3, [NOT_FOUND] * 3, "exit != 0", Worth.INFORMATIVE, "held in 3 of 3"),
        ([NO_FILE] * 3, [Seen(0, "4\n")] * 3, "number > 0", Worth.INFORMATIVE, "held in 3 of 3"),
        ([OK] * 3, [REFUSED, REFUSED, OK], "exit != 0", Worth.BLIND, "held in 2 of 3 broken runs and 0 of 3 healthy"),
        ([OK, OK, REFUSED], [REFUSED] * 3, "exit != 0", Worth.BLIND, "held in 3 of 3 broken runs and 1 of 3 healthy"),
        ([OK] * 3, [OK] * 3, "exit != 0", Worth.BLIND, "it does not tell one from the other."),
        ([NO_MATCH] * 3, [NO_MATCH] * 3, "exit == 0", Worth.BLIND, "held in 0 of 3 broken"),
        ([OK] * 3, [NO_FILE] * 3, "number > 0", Worth.BLIND, "held in 0 of 3"),
        ([HANGING] * 3, [HANGING] * 3, "output ~ /x/", Worth.BLIND, "held in 0 of 3"),
        ([NOT_FOUND] * 3, [NOT_FOUND] * 3, "exit != 0", Worth.FAILS, "cannot be run (bash: valgrind: command not"),
        ([Seen(126, "")] * 3, [Seen(126, "")] * 3, "exit != 0", Worth.FAILS, "cannot be run (exit code 126)"),
        ([NO_FILE] * 3, [NO_FILE] * 3, "number > 0", Worth.FAILS, "what it needs is not there (grep: logs/access.log:"),
        (
            [Seen(None, "tail: cannot open 'x' for reading: No such file or directory")] * 3,
            [Seen(None, "tail: cannot open 'x' for reading: No such file or directory")] * 3,
            "output ~ /error/", Worth.FAILS, "what it needs is not there",
        ),
        (WRONG, WRONG, "number > 1", Worth.FAILS, "it ends with exit code 2 and the same error (awk: cmd. line:1:"),
        ([REFUSED] * 3, [REFUSED, REFUSED, NO_MATCH], "exit == 0", Worth.BLIND, "held in 0 of 3"),
        # Where only the fault takes the file away, that is no failure of the command.
        ([OK] * 3, [NO_FILE] * 3, "output ~ /No such file/", Worth.INFORMATIVE, "held in 3 of 3"),
        # Text that is nearly the same is not the same (and the other way round).
        (
            [Seen(0, "status: healthy")] * 3, [Seen(0, "status: unhealthy")] * 3,
            "output ~ /unhealthy/", Worth.INFORMATIVE, "held in 3 of 3",
        ),
    ],
)  # fmt: skip
def test_a_verdict(healthy: list[Seen], broken: list[Seen], text: str, worth: Worth, why: str) -> None:
    judged = verdict_of(healthy, broken, parse_predicate(text, "rb.md:3"))
    assert judged.worth is worth
    assert why in judged.why
    assert judged.why.endswith(".")


@pytest.mark.parametrize(("healthy", "broken"), [(2, 3), (3, 2), (0, 0), (4, 3)])
def test_lost_evidence_is_no_verdict(healthy: int, broken: int) -> None:
    with pytest.raises(ValueError, match=f"{healthy} healthy and {broken} broken runs; a verdict takes 3 of each"):
        verdict_of([OK] * healthy, [REFUSED] * broken, parse_predicate("exit != 0", "rb.md:3"))
