import { expect, test } from 'vitest';
import type { Turn } from '../prompt.ts';
import { answerTo, user } from '../prompt.fixture.ts';

const SYSTEM = `You are an expert assistant who can solve any task using code blobs.
The code sequence must be opened with '<code>', and closed with '</code>'.
In the end you have to return a final answer using the \`final_answer\` tool. For example:
<code>
answer = translator("Translate this to English as JSON: {'a': 1}")
</code>
You only have access to these tools, behaving like regular python functions:
<code>
def forecast(city: str, days: int, metric: bool = True) -> str:
    """Weather forecast of a city.

    Args:
        city: the city
    """

def final_answer(answer: any) -> any:
    """Provides a final answer to the given problem."""
</code>`;

const step = (...turns: readonly Turn[]): string =>
  answerTo(turns.at(-1)!.text, { turns: [{ role: 'system', text: SYSTEM }, ...turns] }).text ?? '';

test('an agent that writes code calls the function that the task needs, then gives what it printed', () => {
  const task = user('New task:\nWhat is the weather forecast for Paris for 3 days?');
  const first = step(task);
  expect(first).toBe(
    'Thought: I will call the functions that the task needs.\n<code>\nresult_1 = forecast(city="Paris", days=3)\nprint(result_1)\n</code>',
  );
  const observed = user('Observation:\nExecution logs:\nsunny\nLast output from code snippet:\nNone');
  expect(step(task, { role: 'assistant', text: first }, observed)).toBe(
    'Thought: I know the answer.\n<code>\nfinal_answer("sunny")\n</code>',
  );
});

test('without a function that fits it answers by itself, also after an error', () => {
  expect(step(user('New task:\nHow much is 17 * 23?'))).toContain('final_answer("391")');
  const failed = user('Call id: call_1\nError:\nCode parsing failed');
  const assistant: Turn = { role: 'assistant', text: 'Thought: x\n<code>\nforecast(city="Paris")\n</code>' };
  expect(step(user('New task:\nforecast for Paris'), assistant, failed)).toContain('final_answer("');
});
