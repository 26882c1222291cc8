import OpenAI from 'openai';
import type { ResponseCreateParamsNonStreaming, ResponseInputItem } from 'openai/resources/responses/responses';
import { droppedIn, type Asked, type ClientFamily, type Finish, type Heard, type Talk } from './client.ts';
import { openaiFailure } from './openai-chat.ts';

/** Responses, with `openai`; the conversation is kept by the client. */
export const openaiResponses: ClientFamily = { name: 'Responses', talk, failure: openaiFailure };

function talk(url: string, asked: Asked): Talk {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-client', maxRetries: 0 });
  const input: ResponseInputItem[] = [{ role: 'user', content: contentOf(asked) }];
  return {
    async ask(): Promise<Heard> {
      const request = { ...settingsOf(asked), input };
      const { response, dropped } = asked.stream ? await streamed(client, request) : await whole(client, request);
      input.push(...(response.output as ResponseInputItem[]));
      return {
        text: response.output_text,
        calls: response.output.flatMap((item) =>
          item.type === 'function_call'
            ? [{ id: item.call_id, name: item.name, args: JSON.parse(item.arguments) as unknown }]
            : [],
        ),
        thought: response.output.some(({ type }) => type === 'reasoning'),
        finish: finishOf(response),
        input: response.usage?.input_tokens ?? 0,
        output: response.usage?.output_tokens ?? 0,
        dropped,
      };
    },
    answer(results) {
      for (const { call, text } of results)
        input.push({ type: 'function_call_output', call_id: call.id, output: text });
    },
  };
}

function finishOf({ status, incomplete_details: details, output }: OpenAI.Responses.Response): Finish {
  if (status === 'incomplete') return details?.reason === 'max_output_tokens' ? 'length' : 'other';
  if (status !== 'completed') return 'other';
  return output.some(({ type }) => type === 'function_call') ? 'tools' : 'stop';
}

interface Got {
  readonly response: OpenAI.Responses.Response;
  readonly dropped: readonly string[];
}

async function whole(client: OpenAI, request: ResponseCreateParamsNonStreaming): Promise<Got> {
  const { data, response } = await client.responses.create(request).withResponse();
  return { response: data, dropped: droppedIn(response.headers.get('x-llmproxy-dropped')) };
}

async function streamed(client: OpenAI, request: ResponseCreateParamsNonStreaming): Promise<Got> {
  const { data, response } = await client.responses.create({ ...request, stream: true }).withResponse();
  let last: OpenAI.Responses.Response | undefined;
  for await (const event of data) {
    if (event.type === 'response.completed' || event.type === 'response.incomplete') last = event.response;
    if (event.type === 'response.failed') throw new Error(event.response.error?.message ?? 'failed');
  }
  if (!last) throw new Error('the stream has no terminal event');
  // The SDK adds this member to whole answers only.
  const text = last.output.flatMap((item) => (item.type === 'message' ? item.content : []));
  last.output_text = text.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
  return { response: last, dropped: droppedIn(response.headers.get('x-llmproxy-dropped')) };
}

function contentOf({ prompt, image }: Asked): string | OpenAI.Responses.ResponseInputMessageContentList {
  if (image === undefined) return prompt;
  return [
    { type: 'input_text', text: prompt },
    { type: 'input_image', image_url: `data:image/png;base64,${image}`, detail: 'auto' },
  ];
}

const TUNED = {
  top_p: 0.9,
  truncation: 'auto' as const,
  max_tool_calls: 3,
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
  logprobs,
}: Asked): ResponseCreateParamsNonStreaming {
  return {
    model,
    store: false,
    include: [
      ...(thinks === true ? (['reasoning.encrypted_content'] as const) : []),
      ...(logprobs === true ? (['message.output_text.logprobs'] as const) : []),
    ],
    ...(logprobs === true ? { top_logprobs: 2 } : {}),
    ...(tunes === true ? TUNED : {}),
    ...(tools && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function' as const,
        name,
        description,
        parameters,
        strict: false,
      })),
    }),
    ...(schema && { text: { format: { type: 'json_schema' as const, name: 'answer', schema, strict: true } } }),
    ...(maxTokens === undefined ? {} : { max_output_tokens: maxTokens }),
    ...(thinks === true ? { reasoning: { effort: 'low' as const, summary: 'auto' as const } } : {}),
  };
}
