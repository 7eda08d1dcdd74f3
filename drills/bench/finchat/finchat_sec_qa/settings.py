"""What can be configured, all of it by environment variables."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a URL must read like http://host or https://host:port")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Retries = Annotated[int, Field(ge=0, le=10)]


class Settings(BaseSettings):
    """The settings of the API and of the web application.

    The environment variable of a field is its name in capitals. An empty variable counts as not set. The two modes have
    two spellings each; where both are set, the first one named here decides.
    """

    # An unset variable often arrives as an empty string (compose: `${NAME:-}`), so empty means unset.
    model_config = SettingsConfigDict(env_ignore_empty=True, populate_by_name=True, extra="ignore", frozen=True)

    finchat_api_host: str = "0.0.0.0"
    finchat_api_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    finchat_api_url: BaseUrl = "http://localhost:8000"
    finchat_token: SecretStr = SecretStr("")
    finchat_secret_key: SecretStr = SecretStr("")
    finchat_log_dir: str = "logs"

    edgar_data_url: BaseUrl = "https://data.sec.gov"
    edgar_www_url: BaseUrl = "https://www.sec.gov"
    edgar_user_agent: str = "FinChat-SEC-QA admin@finchat.example"
    edgar_rate_limit: Annotated[float, Field(gt=0, le=100)] = 10  # requests/s; 10 is what sec.gov allows
    edgar_timeout_s: Seconds = 10  # one attempt, from connecting to the last byte
    edgar_retries: Retries = 3
    edgar_total_timeout_s: Seconds = 20  # all that one question may wait for EDGAR, with retries and rate limit

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: BaseUrl = "https://api.openai.com/v1"
    openai_model: str = "gpt-4o-mini"
    openai_timeout_s: Seconds = 10
    openai_retries: Retries = 2
    openai_total_timeout_s: Seconds = 20

    enable_fallback_mode: bool = Field(
        default=False, validation_alias=AliasChoices("ENABLE_FALLBACK_MODE", "FALLBACK_MODE")
    )
    cache_only_mode: bool = Field(default=False, validation_alias=AliasChoices("CACHE_ONLY_MODE", "CACHE_ONLY"))
    circuit_breaker_threshold: Annotated[int, Field(ge=1)] = 5  # failed calls in a row
    circuit_breaker_reset_s: Seconds = 30


def from_environment() -> Settings:
    """The settings from the environment. Ends the process with a sentence for each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors(include_input=False)]
        raise SystemExit(
            "FinChat is not configured rightly; correct these variables:\n  " + "\n  ".join(lines)
        ) from None
