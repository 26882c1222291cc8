import Anthropic from '@anthropic-ai/sdk';
import { droppedIn, type Asked, type ClientFamily, type Failed, type Finish, type Heard, type Talk } from './client.ts';

const FINISHES: Readonly<Record<string, Finish>> = { end_turn: 'stop', tool_use: 'tools', max_tokens: 'length' };
const DEFAULT_MAX_TOKENS = 4_000;
const BUDGET = 1_024;

/** Messages, with `@anthropic-ai/sdk`. */
export const anthropicMessages: ClientFamily = { name: 'Messages', talk, failure };

function failure(error: unknown): Failed {
  if (error instanceof Anthropic.APIError) return { status: error.status, message: error.message };
  return { status: undefined, message: String(error) };
}

function talk(url: string, asked: Asked): Talk {
  const client = new Anthropic({ baseURL: url, apiKey: 'sk-client', maxRetries: 0 });
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: contentOf(asked) }];
  return {
    async ask(): Promise<Heard> {
      const request = { ...settingsOf(asked), messages };
      const { message, dropped } = asked.stream ? await streamed(client, request) : await whole(client, request);
      messages.push({ role: 'assistant', content: message.content });
      const { usage } = message;
      return {
        text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
        calls: message.content.flatMap((block) =>
          block.type === 'tool_use' ? [{ id: block.id, name: block.name, args: block.input }] : [],
        ),
        thought: message.content.some(({ type }) => type === 'thinking' || type === 'redacted_thinking'),
        finish: FINISHES[message.stop_reason ?? ''] ?? 'other',
        input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
        output: usage.output_tokens,
        dropped,
      };
    },
    answer(results) {
      messages.push({
        role: 'user',
        content: results.map(({ call, text }) => ({ type: 'tool_result', tool_use_id: call.id, content: text })),
      });
    },
  };
}

interface Got {
  readonly message: Anthropic.Message;
  readonly dropped: readonly string[];
}

async function whole(client: Anthropic, request: Anthropic.MessageCreateParamsNonStreaming): Promise<Got> {
  const { data, response } = await client.messages.create(request).withResponse();
  return { message: data, dropped: droppedIn(response.headers.get('x-llmproxy-dropped')) };
}

async function streamed(client: Anthropic, request: Anthropic.MessageCreateParamsNonStreaming): Promise<Got> {
  const stream = client.messages.stream(request);
  const { response } = await stream.withResponse();
  return { message: await stream.finalMessage(), dropped: droppedIn(response.headers.get('x-llmproxy-dropped')) };
}

function contentOf({ prompt, image }: Asked): string | Anthropic.ContentBlockParam[] {
  if (image === undefined) return prompt;
  return [
    { type: 'text', text: prompt },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } },
  ];
}

const TUNED = {
  temperature: 0.5,
  top_k: 40,
  metadata: { user_id: 'caller-1' },
  service_tier: 'auto' as const,
};

function settingsOf(asked: Asked): Omit<Anthropic.MessageCreateParamsNonStreaming, 'messages'> {
  const { model, tools, schema, maxTokens, thinks, tunes, stop } = asked;
  return {
    model,
    max_tokens: maxTokens ?? DEFAULT_MAX_TOKENS,
    ...(tools && {
      tools: tools.map(({ name, description, parameters }) => ({
        name,
        description,
        input_schema: { ...parameters, type: 'object' as const },
      })),
    }),
    ...(schema && { output_config: { format: { type: 'json_schema' as const, schema } } }),
    ...(tunes === true ? TUNED : {}),
    ...(stop === undefined ? {} : { stop_sequences: [stop] }),
    ...(thinks === true ? { thinking: { type: 'enabled' as const, budget_tokens: BUDGET } } : {}),
  };
}
