import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';

const HANDBOOK = [
  'Goods may be returned within 30 days of purchase for a full refund.',
  'Parcels are shipped within two working days and arrive in a week.',
  'The shop is closed on Sundays and on public holidays.',
];
const ORDERS: Readonly<Record<string, string>> = { 'A-17': 'shipped', 'A-18': 'waiting for payment' };

/** The passage of the handbook whose embedding is nearest to the question's. */
async function searchHandbook(question: string): Promise<string> {
  const input = [question, ...HANDBOOK];
  const { data } = await new OpenAI().embeddings.create({ model: 'text-embedding-3-small', input });
  const [asked = [], ...passages] = data.map(({ embedding }) => embedding);
  const scores = passages.map((passage) => passage.reduce((sum, value, at) => sum + value * (asked[at] ?? 0), 0));
  return HANDBOOK[scores.indexOf(Math.max(...scores))] ?? '';
}

const TOOLS: Readonly<Record<string, (text: string) => Promise<string>>> = {
  search_handbook: searchHandbook,
  order_status: async (id) => `Order ${id}: ${ORDERS[id] ?? 'unknown'}`,
};

const oneText = (name: string, description: string, parameter: string) => ({
  type: 'function' as const,
  function: {
    name,
    description,
    parameters: { type: 'object', properties: { [parameter]: { type: 'string' } }, required: [parameter] },
  },
});
const tools = [
  oneText('search_handbook', 'Search the handbook: returns, refunds, shipping, opening hours', 'question'),
  oneText('order_status', 'Look up the status of an order', 'order_id'),
];

/** Lets the model use the tools until it answers; yields what it says as it is written. */
export async function* answer(question: string): AsyncGenerator<string> {
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: question }];
  for (let step = 0; step < 5; step += 1) {
    const stream = new OpenAI().chat.completions.stream({ model: 'gpt-4o-mini', messages, tools });
    for await (const chunk of stream) yield chunk.choices[0]?.delta.content ?? '';
    const message = (await stream.finalChatCompletion()).choices[0]?.message;
    if (message?.tool_calls === undefined) return;
    messages.push(message);
    for (const call of message.tool_calls) {
      if (call.type !== 'function') continue;
      const [text = ''] = Object.values(JSON.parse(call.function.arguments) as Record<string, string>);
      messages.push({ role: 'tool', tool_call_id: call.id, content: (await TOOLS[call.function.name]?.(text)) ?? '' });
    }
  }
}
