import { httpChunk } from './wire.ts';

const ID = 'chatcmpl-bench00000000000000000000000';
const JSON_BYTES = 1_024;
const MEGABYTE = 2 ** 20;
const EVENT_BYTES = 268;
const EVENTS = 100;
const MODEL = 'gpt-4o-mini-2024-07-18';

/** A whole chat completion of 1,024 bytes. */
export function completionBody(): string {
  return completion('Answer ', JSON_BYTES);
}

/** One of 1 MiB, whose text packs about as well as prose does. */
export function largeCompletionBody(): string {
  return completion(prose(MEGABYTE * 0.99), MEGABYTE);
}

function completion(text: string, bytes: number): string {
  const body = (padding: string): string =>
    JSON.stringify({
      id: ID,
      object: 'chat.completion',
      created: 1_700_000_000,
      model: MODEL,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: `${text}${padding}`, refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 100, completion_tokens: 100, total_tokens: 200 },
      service_tier: 'default',
      system_fingerprint: 'fp_0000000000',
    });
  return body('x'.repeat(bytes - body('').length));
}

const WORDS = 'the of and a to in is you that it he was for on are as with his they be at one have this from';

/** Words in an order that looks random and is the same in every run. */
function prose(bytes: number): string {
  const words = WORDS.split(' ');
  let text = '';
  let seed = 1;
  while (text.length < bytes) {
    seed = (seed * 48_271) % 2_147_483_647;
    text += `${words[seed % words.length]}${seed % 7 === 0 ? seed % 997 : ''} `;
  }
  return text;
}

/** No two events are equal, as those of the provider are not: their padding differs. */
function event(delta: object, finish: string | null, ordinal = 0): string {
  const text = (padding: string): string =>
    `data: ${JSON.stringify({
      id: ID,
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: MODEL,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      obfuscation: padding,
    })}\n\n`;
  return text(String(ordinal).padEnd(EVENT_BYTES - text('').length, 'x'));
}

function usageEvent(): string {
  const usage = { prompt_tokens: 100, completion_tokens: 98, total_tokens: 198 };
  return `data: ${JSON.stringify({ id: ID, object: 'chat.completion.chunk', created: 1_700_000_000, model: MODEL, choices: [], usage })}\n\n`;
}

/** A chat stream: events of 268 bytes (100 unless said), `[DONE]`, and a usage event before it when `usage` was asked for. */
export function streamEvents(usage: boolean, count = EVENTS): string[] {
  const content = Array.from({ length: count - 2 }, (_, index) => event({ content: 'token' }, null, index + 1));
  return [
    event({ role: 'assistant', content: '' }, null),
    ...content,
    event({}, 'stop'),
    ...(usage ? [usageEvent()] : []),
    'data: [DONE]\n\n',
  ];
}

export const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** The same, each event in an HTTP chunk of its own. */
export function framedEvents(usage: boolean, count = EVENTS): Buffer[] {
  return streamEvents(usage, count).map(httpChunk);
}

/** Events of a stream of 1 MiB. */
export const LARGE_EVENTS = Math.floor(MEGABYTE / EVENT_BYTES);
