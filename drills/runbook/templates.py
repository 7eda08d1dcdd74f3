"""The blocks of a runbook that are forms to fill in, and the documents that will fill them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drills.runbook.blocks import Block, Document

# By what a form is about, told from the heading above it and its first line; the first that fits.
_ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "customer communication": r"customers?\b|status page|we are (currently|aware)",
        "incident report": r"incident report|post-?mortem|root cause",
        "internal update": r"\bupdates?\b",
        "incident alert": r"\balert\b|assessment|notification",
    }
)
DOCUMENTS: Mapping[str, str] = MappingProxyType(
    {
        "incident alert": "incidents/INC-*-alert.md",
        "internal update": "incidents/INC-*-update.md",
        "customer communication": "incidents/INC-*-customer.md",
        "incident report": "incidents/INC-*.md",
    }
)
"""What of the evidence will fill the form of each name."""

_FORM = re.compile(r"\[[^\]\n]+\]|YYYY|X{2,}")


@dataclass(frozen=True)
class Template:
    """A form in the runbook. `document`: that which fills it; None for a form that is not known."""

    line: int
    section: str
    name: str | None
    document: str | None


def templates_of(document: Document) -> tuple[Template, ...]:
    """The forms among the blocks that are no shell: those with something to fill in, or that are known by name."""
    found = (template_of(block) for block in document.blocks if not block.is_shell)
    return tuple(template for template in found if template is not None)


def template_of(block: Block) -> Template | None:
    """What form this block is; None where it is none."""
    if block.language not in ("", "markdown", "md", "text", "txt", "plain", "plaintext"):
        return None
    first = next((line for line in block.content.splitlines() if line.strip()), "")
    about = f"{block.path[-1] if block.path else ''}\n{first}"
    name = next((name for name, words in _ABOUT.items() if re.search(words, about, re.IGNORECASE)), None)
    if name is None and not _FORM.search(block.content):
        return None
    return Template(block.line, block.section, name, DOCUMENTS[name] if name else None)
