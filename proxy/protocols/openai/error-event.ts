/** What a client is told when its stream breaks off. */
export interface StreamError {
  readonly message: string;
  readonly type: string;
  readonly code: string;
}

/** The error as a chunk of chat or legacy completions: the SDKs throw on a payload with `error`. */
export function chunkError({ message, type, code }: StreamError): Buffer {
  return Buffer.from(`data: ${JSON.stringify({ error: { message, type, param: null, code } })}\n\n`);
}

/** The error as an event of a Responses stream, in the nested form that the real API sends. */
export function responseError({ message, type, code }: StreamError, sequenceNumber = 0): Buffer {
  const event = { type: 'error', sequence_number: sequenceNumber, error: { type, code, message, param: null } };
  return Buffer.from(`event: error\ndata: ${JSON.stringify(event)}\n\n`);
}
