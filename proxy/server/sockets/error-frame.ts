import type { ErrorFields } from '../../protocols/types.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { readErrorBody } from '../../providers/error-body.ts';
import { parseObject } from '../../wire/json-object.ts';
import type { FlatHeaders } from '../../wire/http.ts';

/** Headers of an error answer that its event repeats. */
const SHOWN = /^(?:retry-after(?:-ms)?|x-ratelimit-.*|x-should-retry|x-request-id)$/;

/** An error as an event over a socket, which stays open. */
export function errorFrame(
  status: number,
  fields: Partial<ErrorFields>,
  streamId: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): string {
  const { type = 'invalid_request_error', code = null, message = '', param = null } = fields;
  const shown = Object.entries(headers).filter(([name]) => SHOWN.test(name));
  const error = { type, code, message, param, ...(shown.length > 0 ? { headers: Object.fromEntries(shown) } : {}) };
  return JSON.stringify({ type: 'error', status, ...(streamId === undefined ? {} : { stream_id: streamId }), error });
}

/** The body of an error answer as such an event. */
export function errorBodyFrame(status: number, headers: FlatHeaders, body: Buffer, streamId?: string): string {
  const named: Record<string, string> = {};
  for (let at = 0; at + 1 < headers.length; at += 2) named[String(headers[at]).toLowerCase()] = String(headers[at + 1]);
  const { message, type, code, param } = readErrorBody(body);
  const inner = parseObject(body.toString('utf8'))?.['error'];
  const fields = {
    message: isJsonObject(inner) ? textOf(inner, 'message', message) : message,
    type: type ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
    code: code ?? null,
    param: param ?? null,
  };
  return errorFrame(status, fields, streamId, named);
}

function textOf(object: JsonObject, name: string, otherwise: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : otherwise;
}
