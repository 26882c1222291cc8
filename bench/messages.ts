import { httpChunk } from './wire.ts';

const EVENTS = 100;
/** Events around the text: its beginning and end. */
const FRAME = 5;
const HEAD = { id: 'msg_01bench0000000000000000', type: 'message', role: 'assistant', model: 'claude-sonnet-4-6' };

function event(type: string, members: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
}

/** A stream of the Messages API: 100 events with as many words as the chat stream has, and usage at both ends. */
export function messageEvents(): string[] {
  const usage = { input_tokens: 100, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const message = { ...HEAD, content: [], stop_reason: null, stop_sequence: null, usage };
  // No two events are equal, as those of the provider are not.
  const deltas = Array.from({ length: EVENTS - FRAME }, (_, index) =>
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: `token ${index} ` } }),
  );
  return [
    event('message_start', { message }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...deltas,
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 95 } }),
    event('message_stop', {}),
  ];
}

/** The same, each event in an HTTP chunk of its own. */
export function framedMessageEvents(): Buffer[] {
  return messageEvents().map(httpChunk);
}
