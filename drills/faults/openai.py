"""Where OpenAI is: its link, and what a witness asks there."""

LINKS = ("openai",)
URLS = ("https://api.openai.com/v1/models",)
