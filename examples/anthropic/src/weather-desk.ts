import Anthropic from '@anthropic-ai/sdk';

const WEATHER: Anthropic.Tool = {
  name: 'weather',
  description: 'The weather of a city, now.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** Lets the model look the weather up until it answers; `report` is what knows it. */
export async function answer(question: string, report: (city: string) => string): Promise<string> {
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: question }];
  for (let step = 0; step < 5; step += 1) {
    const request = { model: 'claude-sonnet-4-6', max_tokens: 500, tools: [WEATHER], messages };
    const { content } = await new Anthropic().messages.stream(request).finalMessage();
    const calls = content.filter((block) => block.type === 'tool_use');
    if (calls.length === 0) return content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
    messages.push({ role: 'assistant', content });
    const results = calls.map(({ id, input }) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: report((input as { city: string }).city),
    }));
    messages.push({ role: 'user', content: results });
  }
  throw new Error('the model did not come to an answer');
}
