"""Another service of the same kind, with names and paths of its own, no OpenAI, and a front without a health page."""

import os

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

TICKERS = "https://data.sec.gov/files/company_tickers.json"
WHO = {"User-Agent": "Acme ops@acme.example"}


async def alive(request: Request) -> Response:
    return JSONResponse({"status": "up"})


async def ready(request: Request) -> Response:
    return JSONResponse({"ready": True})


async def ask(request: Request) -> Response:
    async with httpx.AsyncClient(timeout=3) as client:
        answer = await client.get(TICKERS, headers=WHO)
    return JSONResponse({"answer": f"{len(answer.json())} companies", "citations": []}, answer.status_code)


async def page(request: Request) -> Response:
    return HTMLResponse("<!DOCTYPE html><title>Acme</title><form action=/ask method=post></form>")


def main() -> None:
    if os.environ["ACME_ROLE"] == "backend":
        routes = [Route("/alive", alive), Route("/fit", ready), Route("/v2/ask", ask, methods=["POST"])]
    else:
        routes = [Route("/", page)]
    uvicorn.run(Starlette(routes=routes), host="0.0.0.0", port=int(os.environ["ACME_PORT"]), log_level="warning")


main()
