import { expect, test } from 'vitest';
import type { Turn } from '../prompt.ts';
import { answerTo, user } from '../prompt.fixture.ts';

const ONE_TEXT = `Answer the following questions as best you can. You have access to the following tools:

get_weather(city: str) -> str - Weather of a city
calculate: Calculates an expression

Use the following format:

Question: the input question you must answer
Thought: you should always think about what to do
Action: the action to take, should be one of [get_weather, calculate]
Action Input: the input to the action
Observation: the result of the action
... (this Thought/Action/Action Input/Observation can repeat N times)
Thought: I now know the final answer
Final Answer: the final answer to the original input question

Begin!

Question: QUESTION
Thought:`;

const SYSTEM = `You ONLY have access to the following tools:

Tool Name: get_weather
Tool Arguments: {'city': {'description': None, 'type': 'str'}}
Tool Description: Weather of a city

Use the following format:
Action: the action to take, only one name of [get_weather], just the name.
Action Input: the input to the action, just a simple JSON object.
Observation: the result of the action

Thought: I now know the final answer
Final Answer: the final answer to the original input question`;

/** Plays the framework: runs actions until there is a final answer. */
function played(turns: readonly Turn[], asText: boolean): readonly string[] {
  const steps: string[] = [];
  let [said, all] = ['', turns];
  while (!said.includes('Final Answer:') && steps.length < 10) {
    said = answerTo(all.at(-1)!.text, { turns: all, stop: ['\nObservation'] }).text ?? '';
    steps.push(/Action: (.*)\nAction Input: (.*)/.exec(said)?.slice(1).join(' ') ?? said.split('\n').at(-1)!);
    const observed = `${said}\nObservation: it is sunny\nThought: `;
    all = asText ? [user(all[0]!.text + observed)] : [...all, { role: 'assistant', text: observed }];
  }
  return steps;
}

test('an agent in one text acts once and then answers with what it saw', () => {
  const ask = (question: string) => played([user(ONE_TEXT.replace('QUESTION', question))], true);
  expect(ask('What is the weather in Paris?')).toEqual(['get_weather Paris', 'Final Answer: it is sunny']);
  expect(ask('Calculate 6 * 7')).toEqual(['calculate Calculate 6 * 7', 'Final Answer: it is sunny']);
  expect(ask('Hello!')).toEqual(['Final Answer: Mock response to: Hello!']);
});

test('an agent with instructions and messages gets its input as JSON', () => {
  const task = user('Current Task: What is the weather in Oslo?\n\nBegin! Use the tools available.\n\nThought:');
  expect(played([{ role: 'system', text: SYSTEM }, task], false)).toEqual([
    'get_weather {"city":"Oslo"}',
    'Final Answer: it is sunny',
  ]);
});
