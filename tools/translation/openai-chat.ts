import OpenAI from 'openai';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { droppedIn, type Asked, type ClientFamily, type Failed, type Finish, type Heard, type Talk } from './client.ts';

const FINISHES: Readonly<Record<string, Finish>> = { stop: 'stop', tool_calls: 'tools', length: 'length' };

/** Chat completions, with `openai`. */
export const openaiChat: ClientFamily = { name: 'chat', talk, failure: openaiFailure };

export function openaiFailure(error: unknown): Failed {
  if (error instanceof OpenAI.APIError) return { status: error.status, message: error.message };
  return { status: undefined, message: String(error) };
}

function talk(url: string, asked: Asked): Talk {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-client', maxRetries: 0 });
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: contentOf(asked) }];
  return {
    async ask(): Promise<Heard> {
      const request = { ...settingsOf(asked), messages };
      const { completion, dropped } = asked.stream ? await streamed(client, request) : await whole(client, request);
      const [choice] = completion.choices;
      if (!choice) throw new Error('no choice');
      messages.push(choice.message);
      const { content, tool_calls: calls = [] } = choice.message;
      const more = choice.message as { reasoning_content?: string };
      return {
        text: content ?? '',
        calls: calls.flatMap((call) =>
          call.type === 'function'
            ? [{ id: call.id, name: call.function.name, args: JSON.parse(call.function.arguments) as unknown }]
            : [],
        ),
        thought: more.reasoning_content !== undefined,
        finish: FINISHES[choice.finish_reason] ?? 'other',
        input: completion.usage?.prompt_tokens ?? 0,
        output: completion.usage?.completion_tokens ?? 0,
        dropped,
      };
    },
    answer(results) {
      for (const { call, text } of results) messages.push({ role: 'tool', tool_call_id: call.id, content: text });
    },
  };
}

type Request = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'stream'>;

interface Got {
  readonly completion: OpenAI.ChatCompletion;
  readonly dropped: readonly string[];
}

async function whole(client: OpenAI, request: Request): Promise<Got> {
  const { data, response } = await client.chat.completions.create(request).withResponse();
  return { completion: data, dropped: droppedIn(response.headers.get('x-llmproxy-dropped')) };
}

async function streamed(client: OpenAI, request: Request): Promise<Got> {
  const asked = { ...request, stream: true as const, stream_options: { include_usage: true } };
  const { data, response } = await client.chat.completions.create(asked).withResponse();
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of data) chunks.push(chunk);
  const replay = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(`${JSON.stringify(chunk)}\n`));
      controller.close();
    },
  });
  const completion = await ChatCompletionStream.fromReadableStream(replay).finalChatCompletion();
  const [choice] = completion.choices;
  // `parsed` is the SDK's own: no API takes it back.
  if (choice) Object.assign(choice.message, thoughtsIn(chunks), { parsed: undefined });
  return { completion, dropped: droppedIn(response.headers.get('x-llmproxy-dropped')) };
}

/** Members of the deltas that the SDK does not put together: text is joined, lists are appended. */
function thoughtsIn(chunks: readonly OpenAI.ChatCompletionChunk[]): Readonly<Record<string, unknown>> {
  const members: Record<string, unknown> = {};
  for (const chunk of chunks) {
    const delta: Readonly<Record<string, unknown>> = { ...chunk.choices[0]?.delta };
    for (const name of ['reasoning_content', 'thinking_blocks', 'reasoning_details', 'extra_content']) {
      const value = delta[name];
      const before = members[name];
      if (typeof value === 'string') members[name] = `${typeof before === 'string' ? before : ''}${value}`;
      else if (Array.isArray(value))
        members[name] = [...(Array.isArray(before) ? before : []), ...(value as unknown[])];
      else if (value !== undefined && value !== null) members[name] = value;
    }
  }
  return members;
}

function contentOf({ prompt, image }: Asked): string | OpenAI.ChatCompletionContentPart[] {
  if (image === undefined) return prompt;
  return [
    { type: 'text', text: prompt },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
  ];
}

const TUNED = {
  top_p: 0.9,
  seed: 7,
  presence_penalty: 0.1,
  frequency_penalty: 0.1,
  logit_bias: { '50256': -100 },
  user: 'caller-1',
  service_tier: 'auto' as const,
};

function settingsOf({
  model,
  tools,
  schema,
  maxTokens,
  thinks,
  tunes,
  stop,
  logprobs,
}: Asked): Omit<Request, 'messages'> {
  return {
    model,
    ...(tools && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function' as const,
        function: { name, description, parameters },
      })),
    }),
    ...(schema && {
      response_format: { type: 'json_schema' as const, json_schema: { name: 'answer', schema, strict: true } },
    }),
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
    ...(thinks === true ? { reasoning_effort: 'low' as const } : {}),
    ...(tunes === true ? TUNED : {}),
    ...(stop === undefined ? {} : { stop }),
    ...(logprobs === true ? { logprobs: true, top_logprobs: 2 } : {}),
  };
}
