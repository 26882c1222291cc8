import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { packSeal } from '../seal.ts';
import type { Step } from '../steps.ts';
import { contextFor, eventsOf } from '../translate.fixture.ts';
import { MESSAGE } from './answers.fixture.ts';
import { MessagesReader } from './read-answer.ts';
import { MessagesWriter } from './write-answer.ts';

const usage = { input: 2110, output: 30, cacheRead: 2000, cacheWrite: 100 };
const finish = (cause: 'stop' | 'tool_calls' = 'stop'): Step[] => [
  { kind: 'finish', choice: 0, cause },
  { kind: 'usage', usage },
  { kind: 'end' },
];
const textStart = (block: number): Step => ({ kind: 'text-start', block, choice: 0 });
const words = (block: number, text: string): Step => ({ kind: 'text-delta', block, text });
const end = (block: number): Step => ({ kind: 'block-end', block });
const callStart = (block: number, id: string, name = 'f'): Step => ({ kind: 'call-start', block, choice: 0, id, name });
const piece = (block: number, input: string): Step => ({ kind: 'call-delta', block, input });

/** Types of the events, and of what they carry. */
function eventNames(steps: readonly Step[]): string[] {
  return eventsOf(new MessagesWriter(contextFor()).events(steps)).map(({ event, data }) => {
    const {
      type,
      content_block: block,
      delta,
    } = data as {
      type: string;
      content_block?: { type: string };
      delta?: { type: string };
    };
    expect(event).toBe(type);
    if (block !== undefined) return `+${block.type}`;
    if (type === 'content_block_delta') {
      const { type: kind, ...rest } = delta ?? { type: '' };
      return `${kind}:${JSON.stringify(Object.values(rest)[0])}`;
    }
    return type === 'content_block_stop' ? '-' : type;
  });
}

function content(steps: readonly Step[]): JsonObject[] {
  const body = JSON.parse(new MessagesWriter(contextFor()).body(steps).toString()) as { content: JsonObject[] };
  return body.content;
}

describe('a stream', () => {
  it('has the grammar and the order of members of the API', () => {
    const steps: Step[] = [
      { kind: 'start', id: 'chatcmpl-1', model: 'gpt-x', usage: { input: 7, output: 0 } },
      textStart(0),
      words(0, ''),
      words(0, 'Hi'),
      end(0),
      ...finish(),
    ];
    const events = eventsOf(new MessagesWriter(contextFor()).events(steps));
    expect(JSON.stringify(events[0]?.data)).toBe(
      JSON.stringify({
        type: 'message_start',
        message: {
          model: 'gpt-x',
          id: 'msg_010000000000000000000001',
          type: 'message',
          role: 'assistant',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          stop_details: null,
          usage: {
            input_tokens: 7,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
            cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
            output_tokens: 0,
            service_tier: 'standard',
          },
        },
      }),
    );
    expect(events.slice(1).map(({ data }) => data)).toEqual([
      { type: 'ping' },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null, stop_details: null },
        usage: {
          input_tokens: 10,
          cache_creation_input_tokens: 100,
          cache_read_input_tokens: 2000,
          output_tokens: 30,
        },
      },
      { type: 'message_stop' },
    ]);
  });

  it('says nothing before there is content, and no empty text block before a call', () => {
    const writer = new MessagesWriter(contextFor());
    expect(writer.events([{ kind: 'start', model: 'm' }, textStart(0), words(0, '')])).toEqual([]);
    const events = eventsOf(writer.events([end(0), callStart(1, 'c')]));
    expect(events.map(({ data }) => (data as JsonObject)['content_block']).filter(Boolean)).toEqual([
      { type: 'tool_use', id: 'c', name: 'f', input: {}, caller: { type: 'direct' } },
    ]);
  });

  it('the first piece of a call is empty, and more pieces follow as they come', () => {
    expect(
      eventNames([callStart(0, 'a'), piece(0, '{"a"'), piece(0, ''), piece(0, ':1}'), end(0), ...finish('tool_calls')]),
    ).toEqual([
      'message_start',
      'ping',
      '+tool_use',
      'input_json_delta:""',
      'input_json_delta:"{\\"a\\""',
      'input_json_delta:":1}"',
      '-',
      'message_delta',
      'message_stop',
    ]);
  });

  it('calls that come interleaved follow each other', () => {
    const steps = [
      callStart(0, 'a'),
      callStart(1, 'b'),
      piece(0, '{"x":'),
      piece(1, '{"y":'),
      callStart(2, 'c'),
      piece(2, '{}'),
      end(2),
      piece(0, '1}'),
      piece(1, '2}'),
      end(0),
      end(1),
    ];
    const whole = [
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 }, caller: { type: 'direct' } },
      { type: 'tool_use', id: 'b', name: 'f', input: { y: 2 }, caller: { type: 'direct' } },
      { type: 'tool_use', id: 'c', name: 'f', input: {}, caller: { type: 'direct' } },
    ];
    expect(content([...steps, ...finish('tool_calls')])).toEqual(whole);
    // Whatever comes together, the events are the same.
    const one = eventNames([...steps, ...finish('tool_calls')]);
    const writer = new MessagesWriter(contextFor());
    const single = [...steps, ...finish('tool_calls')].flatMap((step) => eventsOf(writer.events([step])));
    expect(single).toHaveLength(one.length);
    const reader = new MessagesReader();
    const calls = single.flatMap(({ event, data }) => reader.event(event, JSON.stringify(data)));
    expect(calls.filter(({ kind }) => kind === 'call-start')).toHaveLength(3);
    expect(content(calls)).toEqual(whole);
  });

  it('calls that nothing ends before the finish are whole all the same', () => {
    expect(
      content([callStart(0, 'a'), callStart(1, 'b'), piece(0, '{"x":1}'), piece(1, '{"y":2}'), ...finish()]),
    ).toEqual([
      expect.objectContaining({ id: 'a', input: { x: 1 } }),
      expect.objectContaining({ id: 'b', input: { y: 2 } }),
    ]);
  });

  it('a thought is closed by its signature before the text', () => {
    const steps: Step[] = [
      { kind: 'reasoning-start', block: 0, choice: 0 },
      { kind: 'reasoning-delta', block: 0, text: 'Hm' },
      textStart(1),
      words(1, 'Yes'),
      ...finish(),
    ];
    const packed = packSeal({ family: 'chat', value: '' });
    expect(eventNames(steps)).toEqual([
      'message_start',
      'ping',
      '+thinking',
      'thinking_delta:"Hm"',
      `signature_delta:"${packed}"`,
      '-',
      '+text',
      'text_delta:"Yes"',
      '-',
      'message_delta',
      'message_stop',
    ]);
  });

  it('an error is the last that is said', () => {
    const steps: Step[] = [
      textStart(0),
      words(0, 'Hi'),
      { kind: 'error', message: 'No', code: 'rate_limit_exceeded' },
      ...finish(),
    ];
    expect(eventNames(steps)).toEqual(['message_start', 'ping', '+text', 'text_delta:"Hi"', 'error']);
    expect(eventNames([{ kind: 'error', message: 'No' }])).toEqual(['error']);
  });

  it('an end without a finish is a failure and no answer', () => {
    expect(eventNames([textStart(0), words(0, 'Hi'), { kind: 'end' }]).at(-1)).toBe('error');
  });

  it('an answer without content is one', () => {
    expect(eventNames(finish())).toEqual(['message_start', 'ping', 'message_delta', 'message_stop']);
    expect(content(finish())).toEqual([]);
  });

  it('its first event estimates the prompt where nothing is known of it', () => {
    const writer = new MessagesWriter(contextFor({ request: { messages: [{ content: 'x'.repeat(400) }] } }));
    const [start] = eventsOf(writer.events([textStart(0), words(0, 'Hi')]));
    expect(start?.data).toMatchObject({ message: { usage: { input_tokens: 100 } } });
  });
});

describe('seals of other makers', () => {
  const google = { family: 'gemini' as const, model: 'g', value: 's' };

  it('one of a call stands in a thinking block before it', () => {
    const steps: Step[] = [
      callStart(0, 'a'),
      { kind: 'seal', block: 0, seal: google },
      piece(0, '{}'),
      end(0),
      ...finish('tool_calls'),
    ];
    expect(content(steps).map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
    expect(content(steps)[0]).toEqual({
      type: 'thinking',
      thinking: '',
      signature: packSeal(google, { next: true }),
    });
    expect(eventNames(steps)).toContain(`signature_delta:"${packSeal(google, { next: true })}"`);
  });

  it('one of a text stands behind it, and one of nothing visible is redacted', () => {
    expect(
      content([textStart(0), words(0, 'Hi'), { kind: 'seal', block: 0, seal: google }, end(0), ...finish()]),
    ).toEqual([
      { type: 'text', text: 'Hi' },
      { type: 'thinking', thinking: '', signature: packSeal(google, { next: true }) },
    ]);
    const encrypted = { family: 'responses' as const, value: 'e', id: 'rs_1' };
    const hidden: Step[] = [
      { kind: 'reasoning-start', block: 0, choice: 0 },
      { kind: 'seal', block: 0, seal: encrypted, redacted: true },
      end(0),
    ];
    expect(content([...hidden, ...finish()])).toEqual([
      { type: 'redacted_thinking', data: packSeal(encrypted, { redacted: true }) },
    ]);
  });

  it('Anthropic’s own is written as it came', () => {
    const message = JSON.parse(
      new MessagesWriter(contextFor()).body(new MessagesReader().body(Buffer.from(JSON.stringify(MESSAGE)))).toString(),
    ) as JsonObject;
    const kept = (MESSAGE['content'] as JsonObject[]).filter(({ type }) => type !== 'server_tool_use');
    expect(message['content']).toEqual(kept);
    expect(message['usage']).toEqual(MESSAGE['usage']);
    expect(Object.keys(message)).toEqual(Object.keys(MESSAGE));
  });
});

describe('stop reasons', () => {
  it.each([
    ['stop', 'end_turn'],
    ['stop_sequence', 'stop_sequence'],
    ['length', 'max_tokens'],
    ['context_length', 'model_context_window_exceeded'],
    ['filter', 'refusal'],
    ['refusal', 'refusal'],
    ['pause', 'pause_turn'],
    // Calls are announced that never came.
    ['tool_calls', 'end_turn'],
  ] as const)('%s is %s', (cause, reason) => {
    const steps: Step[] = [textStart(0), words(0, 'Hi'), { kind: 'finish', choice: 0, cause }, { kind: 'end' }];
    expect(JSON.parse(new MessagesWriter(contextFor()).body(steps).toString())).toMatchObject({ stop_reason: reason });
  });

  it('`stop` with a call is tool_use', () => {
    const steps = [callStart(0, ''), end(0), ...finish('stop')];
    expect(JSON.parse(new MessagesWriter(contextFor()).body(steps).toString())).toMatchObject({
      stop_reason: 'tool_use',
      content: [{ id: 'toolu_010000000000000000000001', input: {} }],
    });
  });

  it('an error is the family’s own body', () => {
    const body = new MessagesWriter(contextFor()).body([{ kind: 'error', message: 'No', status: 503 }]);
    expect(JSON.parse(body.toString())).toEqual({ type: 'error', error: { type: 'overloaded_error', message: 'No' } });
  });
});

describe('what the family cannot hold', () => {
  it('further choices are left out; arguments that are no object are told in one; custom tools get their text', () => {
    const steps: Step[] = [
      { kind: 'text-start', block: 0, choice: 1 },
      words(0, 'second'),
      callStart(1, 'a.b'),
      piece(1, '[1'),
      end(1),
      { kind: 'call-start', block: 2, choice: 0, id: 'c', name: 'c', custom: true },
      piece(2, 'free '),
      piece(2, 'text'),
      end(2),
      ...finish('tool_calls'),
    ];
    expect(content(steps)).toEqual([
      expect.objectContaining({ id: 'a_b', input: { INVALID_JSON: '[1' } }),
      expect.objectContaining({ id: 'c', input: { input: 'free text' } }),
    ]);
  });

  it('sources of other makers are cited in the text that is open', () => {
    const citation = { url: 'https://a/', title: 'A', text: 'Hi' };
    expect(
      content([textStart(0), words(0, 'Hi'), { kind: 'citation', block: 0, citation }, end(0), ...finish()]),
    ).toEqual([
      {
        type: 'text',
        text: 'Hi',
        citations: [
          { type: 'web_search_result_location', cited_text: 'Hi', url: 'https://a/', title: 'A', encrypted_index: '' },
        ],
      },
    ]);
  });
});
