"""Annual reports of companies that exist only as a number: the same number always gives the same report, byte for byte.

So there is always a filing that nobody has asked for yet, with figures that a question about it can be answered from.
"""

COUNT = 2000

_KINDS = (
    "Castings",
    "Pumps",
    "Textiles",
    "Sensors",
    "Timber",
    "Ceramics",
    "Logistics",
    "Paper",
    "Optics",
    "Tooling",
    "Glass",
)
_PLACES = (
    "Alder",
    "Birch",
    "Cedar",
    "Dover",
    "Elm",
    "Fairlea",
    "Granby",
    "Hollis",
    "Ivydale",
    "Juniper",
    "Kestrel",
    "Larch",
    "Mill",
)
_RISKS = (
    "a single foundry supplies most of the alloy that we use",
    "two customers account for more than a third of our sales",
    "our main plant lies in a flood plain",
    "skilled machinists are hard to hire where we operate",
    "energy prices move faster than our contracts let us adjust ours",
    "much of our equipment is older than its planned service life",
    "a change of import duties would raise the cost of our components",
)


def name(number: int) -> str:
    """The company's name. Unique, as it ends with the number."""
    return f"{_PLACES[number % len(_PLACES)]} {_KINDS[number % len(_KINDS)]} {number} Inc."


def annual_report(number: int) -> str:
    """The 10-K for 2025 of company `number` (1 to COUNT) as HTML, each paragraph one run of characters."""
    company = name(number)
    kind = _KINDS[number % len(_KINDS)].lower()
    place = _PLACES[number % len(_PLACES)]
    # Primes spread the figures, so that neighbouring companies do not look alike.
    revenue = 2_000 + number * 7919 % 90_000
    prior_revenue = 2_000 + number * 6151 % 90_000
    net_income = 100 + number * 3571 % 1_900
    employees = 40 + number * 1093 % 4_000
    plants = 1 + number % 9
    risk = _RISKS[number % len(_RISKS)]
    other_risk = _RISKS[(number + 3) % len(_RISKS)]
    sections = {
        "Item 1. Business": (
            f"{company} makes {kind} at {plants} plants near {place} for builders and other manufacturers.",
            f"At December 31, 2025 {company} had {employees:,} employees, none of them under a collective agreement.",
        ),
        "Item 1A. Risk Factors": (
            f"The risk that matters most to {company} is that {risk}.",
            f"We also face the risk that {other_risk}, which could reduce the cash that we have for new equipment.",
        ),
        "Item 7. Management's Discussion and Analysis of Financial Condition and Results of Operations": (
            f"Total revenue of {company} was ${revenue:,} thousand in 2025 and ${prior_revenue:,} thousand in 2024.",
            f"Net income was ${net_income:,} thousand in 2025, after income taxes of ${net_income // 4:,} thousand.",
        ),
    }
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        f'<head><meta charset="utf-8"><title>{company} 10-K 2025</title></head>',
        "<body>",
        f"<h1>{company}</h1>",
        "<p>Annual report on Form 10-K for the fiscal year ended December 31, 2025.</p>",
    ]
    for heading, paragraphs in sections.items():
        lines.append(f"<h2>{heading}</h2>")
        lines.extend(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return "\n".join([*lines, "</body>", "</html>", ""])
