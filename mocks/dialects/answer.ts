import { successHeaders } from './headers.ts';
import { json, pretty } from './json.ts';
import type { BinaryReply, DialectContext, JsonReply } from './reply.ts';

/** A success whose body is this compact JSON text, in the provider's layout. */
export function answerText(context: DialectContext, compact: string, status = 200): JsonReply {
  const headers = successHeaders(context, 'application/json');
  return { kind: 'json', status, headers, body: pretty(compact), tokens: 0 };
}

/** A success whose body is this value. */
export function answerJson(context: DialectContext, value: unknown, status = 200): JsonReply {
  return answerText(context, json(value), status);
}

/** A success whose body is no text. */
export function answerBytes(context: DialectContext, body: Buffer, contentType: string): BinaryReply {
  return { kind: 'binary', status: 200, headers: successHeaders(context, contentType), body };
}

/** A success without a body: it says its length, so that no client waits for JSON. */
export function answerNothing(context: DialectContext): BinaryReply {
  const headers = successHeaders(context, 'application/json').map((header) =>
    header[0] === 'transfer-encoding' ? (['content-length', '0'] as const) : header,
  );
  return { kind: 'binary', status: 200, headers, body: Buffer.alloc(0) };
}
