"""Agents of pydantic-ai that know nothing but the address of a provider; prints what they did as JSON."""

import json

from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput, PromptedOutput


class Report(BaseModel):
    city: str
    temperature: float


calls: list[str] = []


def get_weather(city: str) -> dict:
    """Get the weather of a city."""
    calls.append(city)
    return {"city": city, "temperature": 21.5, "conditions": "sunny"}


def asked(question: str, model: str, output_type: object = str, tools: tuple = (get_weather,)) -> list:
    calls.clear()
    output = Agent(model, output_type=output_type, tools=tools).run_sync(question).output
    return [output.model_dump() if isinstance(output, BaseModel) else output, list(calls)]


WEATHER = "What is the weather in Paris?"
TOLD = "It is 12.5 degrees in Oslo."
results = {}
for model in ("openai-chat:gpt-4o-mini", "openai-responses:gpt-4o-mini", "openai-responses:gpt-5-mini"):
    results[model] = {
        "text": asked(WEATHER, model),
        "tool output": asked(WEATHER, model, Report),
        "greeting": asked("Hi there!", model),
        "no tools": asked(TOLD, model, Report, ()),
        "native": asked(TOLD, model, NativeOutput(Report), ()),
        "prompted": asked(TOLD, model, PromptedOutput(Report), ()),
    }
print(json.dumps(results))
