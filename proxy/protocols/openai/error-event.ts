import type { StreamFailure } from '../types.ts';

/** The error as a chunk of chat or legacy completions: the SDKs throw on a payload with `error`. */
export function chunkError({ message, type, code, ...more }: StreamFailure): Buffer {
  return Buffer.from(`data: ${JSON.stringify({ error: { message, type, param: null, code, ...more } })}\n\n`);
}

/** The error as an event of a Responses stream, in the nested form that the real API sends. */
export function responseError({ message, type, code, ...more }: StreamFailure, sequenceNumber = 0): Buffer {
  const error = { type, code, message, param: null, ...more };
  const event = { type: 'error', sequence_number: sequenceNumber, error };
  return Buffer.from(`event: error\ndata: ${JSON.stringify(event)}\n\n`);
}
