import OpenAI from 'openai';

const WEATHER = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a place, now.',
    parameters: {
      type: 'object',
      properties: { place: { type: 'string' } },
      required: ['place'],
      additionalProperties: false,
    },
  },
} as const;

/** One question, one answer. */
export async function ask(question: string): Promise<string> {
  const completion = await new OpenAI().chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: question }],
  });
  return completion.choices[0]?.message.content ?? '';
}

/** The answer as it is written, piece by piece. */
export async function* tell(question: string): AsyncGenerator<string> {
  const stream = await new OpenAI().responses.create({ model: 'gpt-4o-mini', input: question, stream: true });
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') yield event.delta;
  }
}

/** Which places the model wants the weather of. */
export async function placesToLookUp(question: string): Promise<string[]> {
  const completion = await new OpenAI().chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: question }],
    tools: [WEATHER],
  });
  const calls = completion.choices[0]?.message.tool_calls ?? [];
  return calls.flatMap((call) =>
    call.type === 'function' ? [(JSON.parse(call.function.arguments) as { place: string }).place] : [],
  );
}
