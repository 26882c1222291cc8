import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { EventSplitter } from '../../wire/sse.ts';
import { packSeal } from '../seal.ts';
import type { Step } from '../steps.ts';
import { contextFor, eventsOf, joined } from '../translate.fixture.ts';
import { GeminiReader } from './read-answer.ts';
import { GeminiWriter } from './write-answer.ts';

/** Steps of a written stream. */
function readBack(stream: Buffer): Step[] {
  const reader = new GeminiReader();
  const events = new EventSplitter().push(stream);
  const steps = events.flatMap((bytes) => [...reader.event(undefined, parseEvent(bytes).data)]);
  return [...steps, ...reader.end()];
}

const usage = { input: 10, output: 8, cacheRead: 4, reasoning: 3 };
const finish = (cause: 'stop' | 'tool_calls' | 'length' | 'filter' = 'stop'): Step[] => [
  { kind: 'finish', choice: 0, cause },
  { kind: 'usage', usage },
  { kind: 'end' },
];
const hello: Step[] = [
  { kind: 'start', id: 'msg_1', model: 'claude', usage: { input: 10, output: 0 } },
  { kind: 'text-start', block: 0, choice: 0 },
  { kind: 'text-delta', block: 0, text: 'Hel' },
  { kind: 'text-delta', block: 0, text: 'lo' },
  { kind: 'block-end', block: 0 },
];
const thought: Step[] = [
  { kind: 'reasoning-start', block: 0, choice: 0 },
  { kind: 'reasoning-delta', block: 0, text: 'Hm' },
  { kind: 'seal', block: 0, seal: { family: 'messages', model: 'claude', value: 'sig' } },
  { kind: 'block-end', block: 0 },
];
const calls: Step[] = [
  { kind: 'call-start', block: 1, choice: 0, id: 'a', name: 'f' },
  { kind: 'call-start', block: 2, choice: 0, id: '', name: 'g' },
  { kind: 'call-delta', block: 1, input: '{"x":' },
  { kind: 'call-delta', block: 1, input: '1}' },
  { kind: 'block-end', block: 1 },
  { kind: 'block-end', block: 2 },
];

const write = (steps: readonly Step[]) =>
  eventsOf(new GeminiWriter(contextFor()).events(steps)).map(({ data }) => data as JsonObject);
const whole = (steps: readonly Step[]) =>
  JSON.parse(new GeminiWriter(contextFor()).body(steps).toString()) as JsonObject;

describe('writing', () => {
  it('each batch of steps is one chunk, ended with CRLF; the last has reason, usage and a part', () => {
    const writer = new GeminiWriter(contextFor());
    expect(writer.events(hello.slice(0, 2))).toEqual([]);
    const texts = [writer.events(hello.slice(2, 3)), writer.events(hello.slice(3)), writer.events(finish())].map(
      (buffers) => Buffer.concat(buffers).toString(),
    );
    expect(texts.every((text) => text.startsWith('data: {') && text.endsWith('}\r\n\r\n'))).toBe(true);
    expect(texts.map((text) => JSON.parse(text.slice(6)) as unknown)).toEqual([
      {
        candidates: [{ content: { parts: [{ text: 'Hel' }], role: 'model' }, index: 0 }],
        usageMetadata: {
          promptTokenCount: 10,
          totalTokenCount: 10,
          promptTokensDetails: [{ modality: 'TEXT', tokenCount: 10 }],
        },
        modelVersion: 'claude',
        responseId: '0000000000000000000001',
      },
      expect.objectContaining({ candidates: [{ content: { parts: [{ text: 'lo' }], role: 'model' }, index: 0 }] }),
      {
        candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
        usageMetadata: {
          promptTokenCount: 10,
          candidatesTokenCount: 5,
          totalTokenCount: 18,
          cachedContentTokenCount: 4,
          promptTokensDetails: [{ modality: 'TEXT', tokenCount: 10 }],
          thoughtsTokenCount: 3,
        },
        modelVersion: 'claude',
        responseId: '0000000000000000000001',
      },
    ]);
  });

  it('an array is one JSON value, also when it ends with an error', () => {
    for (const last of [finish(), [{ kind: 'error', message: 'No' } as const]]) {
      const writer = new GeminiWriter(contextFor({ array: true }));
      const text = Buffer.concat([...hello, ...last].flatMap((step) => [...writer.events([step])])).toString();
      expect(text).toMatch(/^\[\{/);
      expect(text).toContain('\n,\r\n{');
      expect(text).toMatch(/\n\]$/);
      expect((JSON.parse(text) as unknown[]).length).toBe(3);
    }
  });

  it('calls are written whole, thoughts with a packed seal, and a body says the same', () => {
    const steps = [...thought, ...calls, ...finish('tool_calls')];
    const signature = packSeal({ family: 'messages', model: 'claude', value: 'sig' });
    const parts = [{ functionCall: { name: 'f', args: { x: 1 }, id: 'a' } }, { functionCall: { name: 'g', args: {} } }];
    expect(write(steps)[0]?.['candidates']).toMatchObject([
      {
        content: {
          parts: [{ text: 'Hm', thought: true }, { text: '', thought: true, thoughtSignature: signature }, ...parts],
        },
      },
    ]);
    expect(whole(steps)['candidates']).toEqual([
      {
        content: { parts: [{ text: 'Hm', thought: true, thoughtSignature: signature }, ...parts], role: 'model' },
        finishReason: 'STOP',
        index: 0,
        finishMessage: 'Model generated function call(s).',
      },
    ]);
    expect(Object.keys(whole(steps))).toEqual(['candidates', 'usageMetadata', 'modelVersion', 'responseId']);
  });

  it.each([
    ['stop', 'STOP'],
    ['length', 'MAX_TOKENS'],
    ['filter', 'SAFETY'],
  ] as const)('%s is %s', (cause, finishReason) => {
    expect(whole([...hello, ...finish(cause)])['candidates']).toMatchObject([{ finishReason }]);
    expect(write([...hello, ...finish(cause)]).at(-1)?.['candidates']).toMatchObject([{ finishReason }]);
  });

  it('an error ends the stream in the family’s own words; an end without a finish is one', () => {
    expect(write([...hello, { kind: 'error', message: 'No', type: 'rate_limit_error' }, ...finish()]).slice(1)).toEqual(
      [{ error: { code: 429, message: 'No', status: 'RESOURCE_EXHAUSTED' } }],
    );
    expect(write([...hello, { kind: 'end' }]).at(-1)).toMatchObject({ error: { code: 502 } });
    expect(whole([{ kind: 'error', message: 'No', status: 404 }])).toEqual({
      error: { code: 404, message: 'No', status: 'NOT_FOUND' },
    });
  });

  it('sources count bytes again', () => {
    const citation = { url: 'https://a/', title: 'A', start: 3, end: 5 };
    const steps: Step[] = [
      { kind: 'text-start', block: 0, choice: 0 },
      { kind: 'text-delta', block: 0, text: '😀 “é' },
      { kind: 'citation', block: 0, citation },
      ...finish(),
    ];
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: 'https://a/', title: 'A' } }],
      groundingSupports: [{ segment: { startIndex: 5, endIndex: 10, text: '“é' }, groundingChunkIndices: [0] }],
    };
    expect(whole(steps)['candidates']).toMatchObject([{ groundingMetadata }]);
    expect(write(steps).at(-1)?.['candidates']).toMatchObject([{ groundingMetadata }]);
  });

  it('an answer without content has a part all the same', () => {
    expect(whole(finish())['candidates']).toMatchObject([{ content: { parts: [{ text: '' }] } }]);
    expect(write(finish())).toHaveLength(1);
  });

  it('several choices are several candidates', () => {
    const steps: Step[] = [
      ...hello,
      { kind: 'text-start', block: 5, choice: 1 },
      { kind: 'text-delta', block: 5, text: 'Other' },
      ...finish(),
    ];
    expect(whole(steps)['candidates']).toMatchObject([
      { content: { parts: [{ text: 'Hello' }] }, index: 0 },
      { content: { parts: [{ text: 'Other' }] }, index: 1 },
    ]);
  });

  it('what it wrote is read back as it was', () => {
    const seal = { family: 'gemini' as const, model: 'g', value: 's' };
    const steps: Step[] = [
      { kind: 'start', id: 'r1', model: 'g' },
      ...hello.slice(1),
      { kind: 'call-start', block: 1, choice: 0, id: 'a', name: 'f' },
      { kind: 'seal', block: 1, seal },
      { kind: 'call-delta', block: 1, input: '{"x":1}' },
      { kind: 'block-end', block: 1 },
      { kind: 'finish', choice: 0, cause: 'tool_calls', native: 'STOP' },
      { kind: 'usage', usage, serviceTier: undefined },
      { kind: 'end' },
    ];
    const writer = () => new GeminiWriter(contextFor({ id: 'r1' }));
    expect(joined(readBack(Buffer.concat(writer().events(steps)))).slice(1)).toEqual(joined(steps).slice(1));
    expect(new GeminiReader().body(writer().body(steps)).slice(1)).toEqual(joined(steps).slice(1));
  });
});
