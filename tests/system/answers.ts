import type { Answer } from './upstream.ts';

/** Answers as odd endpoints give them. */

export function completion(message: object = { content: 'Hello there' }, finish = 'stop'): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
  });
}

export function sse(payload: object): string {
  return `data: ${JSON.stringify(payload)}\n\n`;
}

export function chunk(delta: object, finish: string | null = null, more: object = {}): string {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' };
  return sse({ ...head, choices: [{ index: 0, delta, finish_reason: finish }], ...more });
}

export const DONE = 'data: [DONE]\n\n';

export const STREAM =
  chunk({ role: 'assistant', content: '' }) + chunk({ content: 'Hello there' }) + chunk({}, 'stop') + DONE;

export const RESPONSE = JSON.stringify({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  error: null,
  model: 'm',
  output: [
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hello there', annotations: [] }],
    },
  ],
  usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
});

/** A good answer in the shape that was asked for. */
export const good: Answer = (response, { body, url }) => {
  const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
  if (url.endsWith('/responses')) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(RESPONSE);
    return;
  }
  if (stream === true) response.writeHead(200, { 'content-type': 'text/event-stream' }).end(STREAM);
  else response.writeHead(200, { 'content-type': 'application/json' }).end(completion());
};

/** These bytes under these headers. */
export function bytes(body: string | Buffer, headers: Record<string, string | string[]> = {}, status = 200): Answer {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}
