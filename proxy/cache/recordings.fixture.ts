import { readControls } from './controls.ts';
import { targetsOf } from './target.ts';
import type { LookupTerms, Recording } from './types.ts';

/** A recording for tests: a small JSON body unless changed. */
export function makeRecording(change: Partial<Recording> = {}): Recording {
  return {
    operation: 'chat.completions',
    model: 'gpt-4o',
    shape: 'body',
    headers: [['content-type', 'application/json']],
    bytes: Buffer.from('{"ok":true}'),
    ends: [],
    times: [],
    endpoint: 'gpt-4o/one',
    target: { provider: 'openai', address: 'https://one.example/v1', model: 'gpt-4o' },
    answerId: 'chatcmpl-1',
    kept: false,
    usage: { input: 1, output: 2 },
    encryptedItems: [],
    storedAt: 1_750_000_000_000,
    expiresAt: 1_750_000_060_000,
    ...change,
  };
}

/** A recorded stream of these events. */
export function makeStream(events: readonly string[], change: Partial<Recording> = {}): Recording {
  let end = 0;
  return makeRecording({
    shape: 'stream',
    headers: [['content-type', 'text/event-stream; charset=utf-8']],
    bytes: Buffer.from(events.join('')),
    ends: events.map((event) => (end += Buffer.byteLength(event))),
    times: events.map((_event, index) => index * 5),
    ...change,
  });
}

/** A model with one endpoint: the one that `makeRecording` is of. */
export const TARGETS = targetsOf([
  {
    id: 'gpt-4o/one',
    provider: 'openai',
    origin: 'https://one.example',
    basePath: '/v1',
    mock: false,
    bundled: false,
  },
]);

/** A request for that model that says this in `Cache-Control`. */
export function termsOf(header?: string): LookupTerms {
  return { controls: readControls(header), targets: TARGETS };
}

/** A request that takes any fresh answer. */
export const TERMS = termsOf();
