"""The symptoms that a runbook lists: what a person is to see, for a drill to record as seen or not."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from drills.runbook.blocks import Document


@dataclass(frozen=True)
class Symptom:
    """One item of a list below a heading, or a bold line, that says "Symptoms". `section`: the headings above that."""

    line: int
    section: str
    text: str


def symptoms_of(document: Document) -> tuple[Symptom, ...]:
    """The symptoms that the document lists, in its order."""
    return tuple(
        Symptom(item.line, " > ".join(item.path[:-1]), item.text)
        for item in document.items
        if item.path and item.path[-1].lower().startswith("symptom")
    )


@dataclass(frozen=True)
class Sign:
    """How a symptom shows: the words that tell it, the fault under which to look, the checks that are red then."""

    words: str
    fault: str
    checks: tuple[str, ...]


SIGNS = (
    Sign(r"health.*\b50[03]\b", "openai-key-revoked", ("api_is_healthy",)),
    Sign(r"no response|unreachable", "api-killed", ("api_is_reachable",)),
    Sign(r"error rate|errors in logs", "app-errors", ("application_log_shows_few_errors", "server_errors_are_rare")),
    Sign(r"slow response", "high-memory", ("api_answers_fast", "questions_are_answered_fast")),
    Sign(r"out of memory|\boom\b", "high-memory", ("containers_are_not_killed_for_memory",)),
    Sign(r"unresponsive", "high-memory", ("api_is_reachable", "api_is_healthy")),
    Sign(r"openai", "openai-timeout", ("openai_is_reachable_and_the_key_valid", "api_answers_a_fresh_question")),
    Sign(r"edgar", "edgar-timeout", ("edgar_is_reachable_from_here", "api_reaches_edgar")),
    Sign(r"authentication|api key", "openai-key-revoked", ("openai_is_reachable_and_the_key_valid",)),
)


@dataclass(frozen=True)
class Sighting:
    """A symptom, and whether it was seen. None: nobody looked. `by`: which checks, under which fault, as a phrase."""

    symptom: Symptom
    seen: bool | None
    by: str


def sightings(symptoms: Iterable[Symptom], red: Mapping[str, Sequence[str]]) -> Iterator[Sighting]:
    """Which symptoms were seen. `red`: by fault, the checks that failed under it."""
    for symptom in symptoms:
        sign = next((sign for sign in SIGNS if re.search(sign.words, symptom.text, re.IGNORECASE)), None)
        if sign is None:
            yield Sighting(symptom, None, "no check of ours looks for it")
        elif sign.fault not in red:
            yield Sighting(symptom, None, f"{sign.fault} was not injected in this run")
        else:
            found = [check for check in sign.checks if check in red[sign.fault]]
            said = f"{', '.join(found)} red" if found else f"{', '.join(sign.checks)} not red"
            yield Sighting(symptom, bool(found), f"{said} under {sign.fault}")
