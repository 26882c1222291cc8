/** Streams and bodies as the real API sends them: padded events, pings, one block after the other. */

const PADDING = '            ';

/** An event; `pad` spaces stand before its last brace, as the API has them. */
export function messageEvent(type: string, fields: object = {}, pad = 3): Buffer {
  const json = JSON.stringify({ type, ...fields });
  return Buffer.from(`event: ${type}\ndata: ${json.slice(0, -1)}${PADDING.slice(0, pad)}}\n\n`);
}

export const PING = Buffer.from('event: ping\ndata: {"type": "ping"}\n\n');

const USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 3,
  cache_read_input_tokens: 4,
  cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 0 },
  output_tokens: 1,
  service_tier: 'standard',
  inference_geo: 'global',
};

const MESSAGE = {
  model: 'claude-opus-5',
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  usage: USAGE,
};

export function start(message: object = {}): Buffer {
  return messageEvent('message_start', { message: { ...MESSAGE, ...message } });
}

export function block(index: number, content: object, deltas: readonly object[] = []): Buffer[] {
  return [
    messageEvent('content_block_start', { index, content_block: content }, 1),
    ...deltas.map((delta, at) => messageEvent('content_block_delta', { index, delta }, at % 12)),
    messageEvent('content_block_stop', { index }),
  ];
}

export function stop(reason: string, usage: object = { output_tokens: 25 }, more: object = {}): Buffer[] {
  const delta = { stop_reason: reason, stop_sequence: null, stop_details: null };
  return [messageEvent('message_delta', { delta, usage, ...more }), messageEvent('message_stop')];
}

export const text = (...pieces: string[]): object[] => pieces.map((piece) => ({ type: 'text_delta', text: piece }));
export const json = (...pieces: string[]): object[] =>
  pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece }));

const TEXT = { type: 'text', text: '' };

export interface MessageSample {
  readonly name: string;
  readonly stream: readonly Buffer[];
  /** The unary answer of the same generation. */
  readonly body: object;
}

const END = { output_tokens: 25, output_tokens_details: { thinking_tokens: 9 } };

function whole(content: readonly object[], reason: string, more: object = {}): object {
  return { ...MESSAGE, content, stop_reason: reason, usage: { ...USAGE, output_tokens: 25 }, ...more };
}

export const SAMPLES: readonly MessageSample[] = [
  {
    name: 'text',
    stream: [start(), ...block(0, TEXT, text('Hel', 'lo, ', 'wörld "\\')), ...stop('end_turn')].toSpliced(2, 0, PING),
    body: whole([{ type: 'text', text: 'Hello, wörld "\\' }], 'end_turn'),
  },
  {
    name: 'thoughts, parallel calls',
    stream: [
      start(),
      ...block(0, { type: 'thinking', thinking: '', signature: '' }, [
        { type: 'thinking_delta', thinking: 'Let me ' },
        { type: 'thinking_delta', thinking: 'see' },
        { type: 'signature_delta', signature: 'EqQB/sig==' },
      ]),
      ...block(1, { type: 'redacted_thinking', data: 'opaque' }),
      ...block(
        2,
        { type: 'tool_use', id: 'toolu_01', name: 'weather', input: {}, caller: { type: 'direct' } },
        json('', '{"cit', 'y": "Köln", "at": 12345678901234567890, "x": 1.0}'),
      ),
      ...block(3, { type: 'tool_use', id: 'toolu_02', name: 'now', input: {} }, json('')),
      ...stop('tool_use', END),
    ],
    body: whole(
      [
        { type: 'thinking', thinking: 'Let me see', signature: 'EqQB/sig==' },
        { type: 'redacted_thinking', data: 'opaque' },
        {
          type: 'tool_use',
          id: 'toolu_01',
          name: 'weather',
          input: { city: 'Köln', at: Number('12345678901234567890'), x: 1 },
          caller: { type: 'direct' },
        },
        { type: 'tool_use', id: 'toolu_02', name: 'now', input: {} },
      ],
      'tool_use',
      { usage: { ...USAGE, ...END } },
    ),
  },
  {
    name: 'citations, a container',
    stream: [
      start(),
      ...block(0, { citations: [], type: 'text', text: '' }, [
        { type: 'citations_delta', citation: { type: 'char_location', cited_text: 'a' } },
        { type: 'citations_delta', citation: { type: 'char_location', cited_text: 'b' } },
        ...text('cited'),
      ]),
      ...block(1, { type: 'compaction', content: null }, [{ type: 'compaction_delta', content: 'short' }]),
      messageEvent('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null, stop_details: null, container: { id: 'container_01' } },
        usage: { output_tokens: 25 },
        context_management: { applied_edits: [] },
      }),
      messageEvent('message_stop'),
    ],
    body: whole(
      [
        {
          citations: [
            { type: 'char_location', cited_text: 'a' },
            { type: 'char_location', cited_text: 'b' },
          ],
          type: 'text',
          text: 'cited',
        },
        { type: 'compaction', content: 'short' },
      ],
      'end_turn',
      { container: { id: 'container_01' }, context_management: { applied_edits: [] } },
    ),
  },
];
