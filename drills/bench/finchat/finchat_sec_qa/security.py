"""The security headers that every answer of the API and of the web application carries."""

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def api_headers() -> dict[str, str]:
    """For JSON, which needs nothing from anywhere."""
    return {**_COMMON, "Content-Security-Policy": _API_POLICY}


def page_headers() -> dict[str, str]:
    """For the web page: its own style sheet, icon and form, and no script."""
    return {**_COMMON, "Content-Security-Policy": _PAGE_POLICY}
