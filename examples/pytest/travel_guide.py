"""A small application of the OpenAI API, with the standard library alone."""

import json
import os
import urllib.request


def ask(question: str, **more: object) -> dict:
    """One chat completion; raises urllib.error.HTTPError when it is refused."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}], **more}
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        data=json.dumps(body).encode(),
        headers={
            "content-type": "application/json",
            "authorization": "Bearer " + os.environ["OPENAI_API_KEY"],
        },
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def capital_of(country: str) -> str:
    answer = ask(f"What is the capital of {country}? One word.")
    return answer["choices"][0]["message"]["content"].strip()
