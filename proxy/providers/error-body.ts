import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { type ErrorDetails, readErrorDetails } from './error-details.ts';

/** What the error body of an endpoint says, whatever its form. */
export interface EndpointError extends ErrorDetails {
  /** One line without credentials, at most 500 characters; empty when the body says nothing. */
  readonly message: string;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  /** HTTP status that the body itself names. */
  readonly status?: number;
}

const MAX_READ = 64 * 1024;
const MAX_MESSAGE = 500;

/** Reads the error objects of OpenAI, Azure, Anthropic and Gemini, the flat ones of others, plain text and HTML. Never throws. */
export function readErrorBody(body: Buffer): EndpointError {
  const text = body.toString('utf8', 0, MAX_READ).trim();
  const fields = jsonFields(text) ?? { message: text.startsWith('<') ? htmlText(text) : text };
  return { ...fields, message: oneLine(fields.message) };
}

function jsonFields(text: string): EndpointError | undefined {
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const object = Array.isArray(value) ? value[0] : value;
  return isJsonObject(object) ? objectFields(object) : undefined;
}

function objectFields(object: JsonObject): EndpointError {
  const inner = object['error'];
  const error = isJsonObject(inner) ? inner : object;
  const message = [inner, error['message'], error['detail'], object['message']]
    .map(sentence)
    .find((text) => text !== '');
  return {
    message: message ?? '',
    // Gemini's status is a word.
    ...named('type', error['type'] ?? wordIn(error['status'])),
    ...named('code', error['code'] ?? error['error_code']),
    ...named('param', error['param']),
    ...statusOf(error),
    ...readErrorDetails(error['details']),
  };
}

/** FastAPI servers give a list of faults instead of a sentence. */
function sentence(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value.map((fault) => (isJsonObject(fault) ? sentence(fault['msg']) : sentence(fault))).join('; ');
}

function statusOf(error: JsonObject): { status?: number } {
  const status = STATUS_MEMBERS.map((name) => Number(error[name])).find((value) => value >= 400 && value < 600);
  return status === undefined ? {} : { status };
}

/** In the order in which they are believed. */
const STATUS_MEMBERS = ['status_code', 'status', 'code'];

function wordIn(status: Json | undefined): string | undefined {
  return typeof status === 'string' && /^[A-Z_]{2,64}$/.test(status) ? status : undefined;
}

function named(name: 'type' | 'code' | 'param', value: Json | undefined): { [key in typeof name]?: string } {
  if (typeof value === 'number') return { [name]: String(value) };
  return typeof value === 'string' && value !== '' ? { [name]: value } : {};
}

function htmlText(html: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(html)?.[1]?.trim();
  if (title) return title;
  return html.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replaceAll(/<[^>]*>/g, ' ');
}

function oneLine(message: string): string {
  const line = message
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\b(sk|pk|rk)-[\w*-]{6,}/g, '$1-***')
    .replaceAll(/\bAIza[\w-]{6,}/g, 'AIza***')
    .trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line;
}
