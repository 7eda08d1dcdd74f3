"""The shapes that travel: what is asked, what is answered, and what EDGAR knows about companies and filings."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Mode = Literal["live", "cache", "fallback"]


class Record(BaseModel):
    """A value: compared by its fields and never changed."""

    model_config = ConfigDict(frozen=True)


class Question(Record):
    """A question about the newest filings of one company and form; `limit` is how many filings to read."""

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    ticker: Annotated[
        str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,11}$")
    ]
    form_type: Annotated[
        str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 /-]{0,19}$")
    ] = "10-K"
    limit: Annotated[int, Field(ge=1, le=10)] = 3


class Company(Record):
    cik: int
    ticker: str
    title: str


class Filing(Record):
    """One filing's main document at www.sec.gov. The document's id is the accession number."""

    doc_id: Annotated[str, StringConstraints(pattern=r"^\d{10}-\d{2}-\d{6}$")]
    cik: int
    form: str
    filed_on: str
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")]

    @property
    def path(self) -> str:
        return f"/Archives/edgar/data/{self.cik}/{self.doc_id.replace('-', '')}/{self.file}"


class Document(Record):
    """A filing and its text, decoded but otherwise exactly as downloaded."""

    filing: Filing
    text: str
    source: Literal["edgar", "cache"]


class Citation(Record):
    """A quotation: `text` is the document's characters from `start` to `end`."""

    doc_id: str
    text: str
    start: int
    end: int
    section: str | None
    page: int | None


class FilingSource(Record):
    """A filing that was read, and whether it came from EDGAR just now or from the cache."""

    doc_id: str
    path: str
    source: Literal["edgar", "cache"]

    @classmethod
    def of(cls, document: Document) -> Self:
        return cls(doc_id=document.filing.doc_id, path=document.filing.path, source=document.source)


class Metadata(Record):
    """How an answer came about. `model` is null when no language model wrote it."""

    mode: Mode
    ticker: str
    form_type: str
    model: str | None
    request_id: str
    elapsed_ms: float
    filings: list[FilingSource]


class Answer(Record):
    answer: str
    citations: list[Citation]
    metadata: Metadata
