import type { JsonObject } from '../../core/json.ts';

const USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 100,
  cache_read_input_tokens: 2000,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 0 },
  output_tokens: 30,
  output_tokens_details: { thinking_tokens: 12 },
  service_tier: 'standard',
};

const CITATION = {
  type: 'web_search_result_location',
  cited_text: 'It is 20°.',
  url: 'https://w.example/',
  title: 'Weather',
  encrypted_index: 'E',
};

/** A whole answer with every kind of block that others can be told of, and one that they cannot. */
export const MESSAGE: JsonObject = {
  model: 'claude-sonnet-5',
  id: 'msg_011C',
  type: 'message',
  role: 'assistant',
  content: [
    { type: 'thinking', thinking: 'Let me see: é😀', signature: 'sig==' },
    { type: 'redacted_thinking', data: 'hidden' },
    {
      type: 'server_tool_use',
      id: 'srvtoolu_1',
      name: 'web_search',
      input: { query: 'w' },
      caller: { type: 'direct' },
    },
    { citations: [CITATION], type: 'text', text: 'It is “20°”.' },
    { type: 'tool_use', id: 'toolu_1', name: 'f', input: { city: 'Köln', n: [1, 2] }, caller: { type: 'direct' } },
    { type: 'tool_use', id: 'toolu_2', name: 'g', input: {}, caller: { type: 'direct' } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  stop_details: null,
  usage: USAGE,
};

/** The same answer as a stream, padded and with pings as the API sends it. */
export function messageStream(): Buffer {
  const events: (JsonObject & { type: string })[] = [
    {
      type: 'message_start',
      message: { ...MESSAGE, content: [], stop_reason: null, usage: { ...USAGE, output_tokens: 1 } },
    },
    start(0, { type: 'thinking', thinking: '', signature: '' }),
    { type: 'ping' },
    delta(0, { type: 'thinking_delta', thinking: 'Let me see: ' }),
    delta(0, { type: 'thinking_delta', thinking: 'é😀' }),
    delta(0, { type: 'signature_delta', signature: 'sig==' }),
    stop(0),
    start(1, { type: 'redacted_thinking', data: 'hidden' }),
    stop(1),
    start(2, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
    delta(2, { type: 'input_json_delta', partial_json: '{"query":"w"}' }),
    stop(2),
    start(3, { citations: [], type: 'text', text: '' }),
    delta(3, { type: 'citations_delta', citation: CITATION }),
    delta(3, { type: 'text_delta', text: 'It is ' }),
    delta(3, { type: 'text_delta', text: '“20°”.' }),
    stop(3),
    start(4, { type: 'tool_use', id: 'toolu_1', name: 'f', input: {}, caller: { type: 'direct' } }),
    delta(4, { type: 'input_json_delta', partial_json: '' }),
    delta(4, { type: 'input_json_delta', partial_json: '{"city":"Kö' }),
    delta(4, { type: 'input_json_delta', partial_json: 'ln","n":[1,2]}' }),
    stop(4),
    start(5, { type: 'tool_use', id: 'toolu_2', name: 'g', input: {}, caller: { type: 'direct' } }),
    delta(5, { type: 'input_json_delta', partial_json: '' }),
    stop(5),
    { type: 'new_event_of_tomorrow' },
    {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null, stop_details: null },
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 100,
        cache_read_input_tokens: 2000,
        output_tokens: 30,
        output_tokens_details: { thinking_tokens: 12 },
      },
    },
    { type: 'message_stop' },
  ];
  return Buffer.from(events.map(writeEvent).join(''));
}

function start(index: number, block: JsonObject) {
  return { type: 'content_block_start', index, content_block: block };
}

function delta(index: number, change: JsonObject) {
  return { type: 'content_block_delta', index, delta: change };
}

function stop(index: number) {
  return { type: 'content_block_stop', index };
}

function writeEvent(event: JsonObject & { type: string }, at: number): string {
  if (event.type === 'ping') return 'event: ping\ndata: {"type": "ping"}\n\n';
  const padded = JSON.stringify(event).replace(/\}$/, `${' '.repeat(at % 16)}}`);
  return `event: ${event.type}\ndata: ${padded}\n\n`;
}
