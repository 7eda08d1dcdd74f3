"""The verified runbook and the matrix: each verdict stands below its own block, and the text is the runbook's."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from checks.redaction import Redactor
from drills.runbook.blocks import read_document
from reports.record import Record, RecordError, read_record, write_record
from reports.runbook_page import matrix, verified_runbook
from reports.step_record import Proof, StepVerdict, SymptomSeen

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
PROOF = Proof("t", "c", "i", "s", NOW)
HEAD = "| line | verdict | took | why |"


def step(
    line: int, verdict: str = "blind", step_id: str = "a", drill: str | None = None, **more: object
) -> StepVerdict:
    found = StepVerdict(step_id, "rb.md", line, f"command {line}", "diagnostic", verdict, "it held.", drill)
    return replace(found, **more)  # type: ignore[arg-type]


def record(*steps: StepVerdict, symptoms: tuple[SymptomSeen, ...] = ()) -> Record:
    return Record("20261124T101500Z-drill-0a1b", "drill", NOW, NOW, "t", "FinChat 2", "e", (), (), steps, symptoms)


def page(text: str, run: Record) -> str:
    document = read_document(text, "rb.md")
    return verified_runbook(document.lines, {block.line_last for block in document.blocks}, run, "rb.md")


BLOCK = "```bash\none\ntwo\n```\n"
# The text, the lines with a verdict, and the line of the text after which their table stands.
PLACES: dict[str, tuple[str, dict[int, int]]] = {
    "backticks": (BLOCK, {2: 4, 3: 4}),
    "tildes": ("~~~bash\none\n~~~\n", {2: 3}),
    "four backticks around three": ("````bash\none\n```\ntwo\n````\n", {2: 5, 4: 5}),
    "tildes in backticks": ("```bash\none\n~~~\n```\n\n```sh\ntwo\n```\n", {2: 4, 7: 8}),
    "a longer fence closes it": ("```bash\none\n`````\n\n```bash\ntwo\n```\n", {2: 3, 6: 7}),
    "an indented fence": ("- a\n\n  ```bash\n  one\n  ```\n\n  ```bash\n  two\n  ```\n", {4: 5, 8: 9}),
    "a fence after its bullet": ("- ```bash\n  one\n  ```\n\n```bash\ntwo\n```\n", {2: 3, 6: 7}),
    "a fence in a quotation": ("> ```bash\n> one\n> ```\n\n```bash\ntwo\n```\n", {2: 3, 6: 7}),
    "backticks in a sentence": ("```not a block``` is none.\n\n```bash\none\n```\n", {4: 5}),
    "a block that is no shell's": ("```json\n{}\n```\n\n```bash\none\n```\n", {6: 7}),
    "a comment with a fence": ("<!--\n```bash\n-->\n\n```bash\none\n```\n", {6: 7}),
    "a block without end of line": ("```bash\none\n```", {2: 3}),
    "line ends of another system": ("a\r\n\r\n```bash\r\none\r\n```\r\n", {4: 5}),
    "a page break in a line": ("a\x0cb\x85c\u2028d\n\n```bash\none\n```\n", {4: 5}),
}


@pytest.mark.parametrize("what", PLACES)
def test_a_table_stands_below_its_block_where_there_is(what: str) -> None:
    text, places = PLACES[what]
    out = page(text, record(*(step(line) for line in places))).split("\n")
    source = read_document(text, "rb.md").lines
    below: dict[int, int] = {}
    at, position = 0, 3  # below the three lines that say which run it was
    for number, line in enumerate(source, start=1):
        at = out.index(line, position)
        position = at + 1
        if position + 1 < len(out) and out[position + 1].lstrip(" >") == HEAD:
            end = position + 3
            while out[end].lstrip(" >").startswith("| "):
                below[int(out[end].split("|")[1])] = number
                end += 1
            position = end
    assert below == places


@pytest.mark.parametrize("what", PLACES)
def test_without_verdicts_the_text_is_as_it_was(what: str) -> None:
    text, _ = PLACES[what]
    assert page(text, record()).split("\n")[3:-2] == list(read_document(text, "rb.md").lines)


@pytest.mark.parametrize("after", ["Text.", "| a | b |", "1. one", "## Next", "```bash\nthree\n```"])
@pytest.mark.parametrize("before", ["", "> ", "  "], ids=["", "quoted", "indented"])
def test_what_follows_a_table_is_no_row_of_it(before: str, after: str) -> None:
    lines = [*BLOCK.strip().split("\n"), *after.split("\n")]
    shown = page("\n".join(f"{before}{one}" for one in lines), record(step(2)))
    html = MarkdownIt("commonmark").enable("table").render(shown)
    assert html.count("<tr>") == 2, "the head and one row"


def test_what_a_table_says() -> None:
    steps = (
        step(2, "informative", drill="api-killed", duration_s=1.234, why="`a | b` held\nin <3> of 3."),
        step(3, "pending"),
        replace(step(2, "fails"), file="other.md"),
    )
    out = page(BLOCK, record(*steps))
    assert (
        "| 2 | **informative** | 1.23 s | `a \\| b` held in &lt;3> of 3. ([api-killed](report/index.html)) |\n" in out
    )
    assert "| 3 | **pending** |  | it held. |\n" in out
    assert "fails" not in out
    assert out.startswith(
        "> Verified by run 20261124T101500Z-drill-0a1b on 2026-11-24, deployment: FinChat 2.\n"
        "> 2 command lines: 1 informative, 1 pending.\n\n```bash\n"
    )


def test_verdicts_in_any_order_stand_in_the_runbooks() -> None:
    out = page(BLOCK, record(step(3, "fails"), step(2, "blind")))
    assert out.index("| 2 | **blind**") < out.index("| 3 | **fails**")


def symptom(seen: bool | None, **changes: object) -> SymptomSeen:
    return replace(SymptomSeen("rb.md", 7, "Down", "no <answer> | 500", seen, "api red"), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("seen", "word"), [(True, "seen"), (False, "not seen"), (None, "not looked for")])
def test_symptoms_are_told_below(seen: bool | None, word: str) -> None:
    out = page("# A\n", record(symptoms=(symptom(seen), symptom(True, file="other.md", text="else"))))
    assert out.endswith(f"|---|---|---|---|\n| 7 | no &lt;answer> \\| 500 | **{word}** | api red |\n")
    assert "else" not in out


def test_no_symptoms_no_table_of_them() -> None:
    assert "Symptoms" not in page("# A\n", record(step(9)))


def test_the_matrix_has_each_verdict_of_each_line() -> None:
    steps = (
        step(2, "informative", "a", "dead"),
        step(3, "blind", "a", "dead"),
        step(4, "not here", "a"),
        step(6, "recovers", "b", "api-killed"),
        step(8, "unaccounted", ""),
        step(9, "fails", "a", "errors"),
    )
    data = json.loads(matrix(record(*steps)))
    assert data["run_id"] == "20261124T101500Z-drill-0a1b"
    assert data["drills"] == ["api-killed", "dead", "errors"]
    assert data["steps"] == [
        {
            "step": "a",
            "lines": [2, 3, 4, 9],
            "by": {"dead": {"2": "informative", "3": "blind"}, "-": {"4": "not here"}, "errors": {"9": "fails"}},
        },
        {"step": "b", "lines": [6], "by": {"api-killed": {"6": "recovers"}}},
        {"step": "", "lines": [8], "by": {"-": {"8": "unaccounted"}}},
    ]


def test_an_empty_matrix() -> None:
    assert json.loads(matrix(record())) == {"run_id": "20261124T101500Z-drill-0a1b", "drills": [], "steps": []}


WHOLE = record(
    step(2, "informative", drill="dead", duration_s=0.5, healthy="up", broken="down", proof=PROOF),
    step(3, "not here"),
    symptoms=(symptom(True), symptom(False), symptom(None)),
)


def test_reports_read_what_was_written(tmp_path: Path) -> None:
    write_record(WHOLE, tmp_path / "run.json")
    assert read_record(tmp_path / "run.json") == WHOLE


def test_a_record_of_before_there_were_symptoms_is_read(tmp_path: Path) -> None:
    write_record(record(step(2)), tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text())
    del data["runbook"]["symptoms"]
    (tmp_path / "run.json").write_text(json.dumps(data))
    assert read_record(tmp_path / "run.json") == record(step(2))


def test_no_secret_of_a_step_or_a_symptom_is_written(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    told = step(2, why=secret, healthy=secret, broken=secret, command=secret)
    run = record(told, symptoms=(symptom(True, text=secret, by=secret),))
    write_record(run, tmp_path / "run.json", Redactor({"FINCHAT_TOKEN": secret}))
    assert secret not in (tmp_path / "run.json").read_text()


WRONG: dict[str, tuple[str, dict[str, object], str]] = {
    "a line that is a text": ("steps", {"line": "2"}, "line is '2', not a number"),
    "a proof that is a text": ("steps", {"proof": "x"}, "proof is 'x', not an object"),
    "a proof without hashes": ("steps", {"proof": {}}, "no 'text'"),
    "a proof without a time zone": (
        "steps",
        {"proof": {"text": "", "compose": "", "images": "", "suite": "", "at": "2026-11-24T10:15:00"}},
        "has no time zone",
    ),
    "a symptom that was seen once": ("symptoms", {"seen": 1}, "seen is 1, not true, false or null"),
}


@pytest.mark.parametrize("what", WRONG)
def test_refused_with_a_sentence_is(what: str, tmp_path: Path) -> None:
    kind, changes, says = WRONG[what]
    write_record(WHOLE, tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text())
    data["runbook"][kind][0] |= changes
    (tmp_path / "run.json").write_text(json.dumps(data))
    with pytest.raises(RecordError) as caught:
        read_record(tmp_path / "run.json")
    assert says in str(caught.value)
