"""Agents of smolagents that know nothing but the address of a provider; prints what they did as JSON."""

import json
import os

from smolagents import CodeAgent, OpenAIServerModel, ToolCallingAgent, tool

calls: list[str] = []


@tool
def forecast(city: str) -> str:
    """Weather forecast of a city.

    Args:
        city: the name of the city
    """
    calls.append(city)
    return f"sunny in {city}"


model = OpenAIServerModel(model_id="gpt-4o-mini", api_base=os.environ["OPENAI_BASE_URL"], api_key="sk-test")


def asked(kind: type, question: str) -> list:
    calls.clear()
    agent = kind(tools=[forecast], model=model, max_steps=6, verbosity_level=0)
    answer = agent.run(question)
    return [str(answer), list(calls), len(agent.memory.steps) - 1]


QUESTION = "What is the weather forecast for Paris?"
kinds = {"tools": ToolCallingAgent, "code": CodeAgent}
results = {
    name: {"question": asked(kind, QUESTION), "greeting": asked(kind, "Hello there!"), "sum": asked(kind, "How much is 17 * 23?")}
    for name, kind in kinds.items()
}
print(json.dumps(results))
