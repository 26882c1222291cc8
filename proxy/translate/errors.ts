import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { Family } from './conversation.ts';
import type { Step } from './steps.ts';

/** What went wrong, in no family's words. */
export type FailureKind =
  | 'bad_request'
  | 'too_long'
  | 'too_large'
  | 'credential'
  | 'permission'
  | 'not_found'
  | 'rate'
  | 'quota'
  | 'overload'
  | 'timeout'
  | 'server';

/** An endpoint's error. */
export interface Failure {
  readonly kind: FailureKind;
  /** As the endpoint answered; absent where it told the error in a stream. */
  readonly status?: number;
  readonly message: string;
  readonly param?: string;
  /** Seconds, whole, that the endpoint's body asks to wait. */
  readonly retryAfter?: number;
}

/** An error in the words of a family. */
export interface WrittenFailure {
  readonly status: number;
  readonly body: JsonObject;
}

/** Reads the error that an endpoint of the family answered with. `body`: its parsed JSON, undefined where it is none. */
export function readFailure(family: Family, status: number, body: Json | undefined): Failure {
  // Gemini's streams and its OpenAI-compatible endpoint put the error into an array.
  const whole = Array.isArray(body) ? body[0] : body;
  const error = isJsonObject(whole) ? (whole['error'] ?? whole) : undefined;
  const members = isJsonObject(error) ? error : {};
  const message = text(members['message']) ?? text(error) ?? `The endpoint answered with status ${status}.`;
  const named = KINDS[family](members, message);
  // The general word for a failure says less than a status may.
  const word = named === 'server' && status > 500 ? undefined : named;
  const kind = word ?? kindOfMessage(message) ?? kindOfStatus(status);
  const param = text(members['param']);
  const retryAfter = retrySeconds(members, message);
  return {
    kind,
    status,
    message,
    ...(param === undefined ? {} : { param }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** The failure that an `error` step tells of. */
export function failureOfStep(step: Extract<Step, { kind: 'error' }>): Failure {
  const { message, type, code, status } = step;
  const kind =
    kindOfCode(code) ??
    ANTHROPIC[type ?? ''] ??
    GOOGLE[type ?? ''] ??
    kindOfMessage(message) ??
    kindOfStatus(status ?? 500);
  return { kind, ...(status === undefined ? {} : { status }), message };
}

type KindOf = (error: JsonObject, message: string) => FailureKind | undefined;

const ANTHROPIC: Readonly<Record<string, FailureKind>> = {
  authentication_error: 'credential',
  permission_error: 'permission',
  billing_error: 'quota',
  not_found_error: 'not_found',
  request_too_large: 'too_large',
  rate_limit_error: 'rate',
  timeout_error: 'timeout',
  overloaded_error: 'overload',
  api_error: 'server',
};

const GOOGLE: Readonly<Record<string, FailureKind>> = {
  UNAUTHENTICATED: 'credential',
  PERMISSION_DENIED: 'permission',
  NOT_FOUND: 'not_found',
  RESOURCE_EXHAUSTED: 'rate',
  UNAVAILABLE: 'overload',
  DEADLINE_EXCEEDED: 'timeout',
  INTERNAL: 'server',
};

const OPENAI: Readonly<Record<string, FailureKind>> = {
  context_length_exceeded: 'too_long',
  invalid_api_key: 'credential',
  insufficient_quota: 'quota',
  model_not_found: 'not_found',
  rate_limit_exceeded: 'rate',
  server_is_overloaded: 'overload',
};

function kindOfCode(code: string | undefined): FailureKind | undefined {
  return code === undefined ? undefined : OPENAI[code];
}

const openAiKind: KindOf = ({ code, type }) => kindOfCode(text(code)) ?? kindOfCode(text(type));

const KINDS: Readonly<Record<Family, KindOf>> = {
  chat: openAiKind,
  responses: openAiKind,
  messages: ({ type }) => ANTHROPIC[text(type) ?? ''],
  gemini: ({ status, details }, message) => {
    const reasons = Array.isArray(details)
      ? details.map((detail) => (isJsonObject(detail) ? detail['reason'] : ''))
      : [];
    if (reasons.includes('API_KEY_INVALID') || /unregistered callers/i.test(message)) return 'credential';
    return GOOGLE[text(status) ?? ''];
  },
};

const TOO_LONG =
  /prompt is too long|input token count.*exceeds|maximum context length|context (?:window|length).*exceed/is;
const NO_CREDIT =
  /credit balance is too low|exceeded your current quota, please check your plan and billing details\. For more information on this error, read/i;

const OVERLOADED = /\b(?:is|are) currently overloaded\b/i;

function kindOfMessage(message: string): FailureKind | undefined {
  if (TOO_LONG.test(message)) return 'too_long';
  if (OVERLOADED.test(message)) return 'overload';
  return NO_CREDIT.test(message) ? 'quota' : undefined;
}

function kindOfStatus(status: number): FailureKind {
  switch (status) {
    case 401:
      return 'credential';
    case 402:
      return 'quota';
    case 403:
      return 'permission';
    case 404:
      return 'not_found';
    case 408:
    case 504:
      return 'timeout';
    case 413:
      return 'too_large';
    case 429:
      return 'rate';
    case 503:
    case 529:
      return 'overload';
    default:
      return status >= 500 ? 'server' : 'bad_request';
  }
}

/** Whole seconds, rounded up, of Google's RetryInfo or of its sentence. */
function retrySeconds({ details }: JsonObject, message: string): number | undefined {
  const infos = Array.isArray(details) ? details.filter(isJsonObject) : [];
  const delay = infos.map(({ retryDelay }) => text(retryDelay)).find((value) => value !== undefined);
  const match = /^(\d+(?:\.\d+)?)s$/.exec(delay ?? '') ?? /Please retry in (\d+(?:\.\d+)?)s/.exec(message);
  return match === null ? undefined : Math.ceil(Number(match[1]));
}

/** The status for an error of Anthropic's of this type, told in a stream; one that every family knows. */
export function statusOfType(type: string | undefined): number | undefined {
  if (type === 'invalid_request_error') return 400;
  const kind = type === undefined ? undefined : ANTHROPIC[type];
  return kind === undefined ? undefined : (STATUS[kind] ?? 500);
}

/** Statuses of the kinds where the endpoint's own would not fit the client's family. */
const STATUS: Readonly<Record<FailureKind, number>> = {
  bad_request: 400,
  too_long: 400,
  too_large: 413,
  credential: 401,
  permission: 403,
  not_found: 404,
  rate: 429,
  quota: 429,
  overload: 503,
  timeout: 504,
  server: 500,
};

/** Kinds whose status an endpoint may choose: 400 or 422, 500 or 502. */
const OWN_STATUS: ReadonlySet<FailureKind> = new Set(['bad_request', 'timeout', 'server']);

/** Writes an endpoint's error as the client's family does. */
export function writeFailure(family: Family, failure: Failure): WrittenFailure {
  const { kind } = failure;
  const kept = OWN_STATUS.has(kind) && (failure.status ?? 0) >= 400 ? failure.status : undefined;
  const status = kept ?? STATUS[kind];
  if (family === 'messages') return writeAnthropic(failure, status);
  return family === 'gemini' ? writeGoogle(failure, status) : { status, body: openAiBody(failure) };
}

function openAiBody({ kind, message, param }: Failure): JsonObject {
  const [type, code] = openAiWords(kind, message);
  return { error: { message, type, param: param ?? null, code } };
}

function openAiWords(kind: FailureKind, message: string): readonly [type: string, code: string | null] {
  switch (kind) {
    case 'too_long':
      return ['invalid_request_error', 'context_length_exceeded'];
    case 'credential':
      return ['invalid_request_error', 'invalid_api_key'];
    case 'not_found':
      return ['invalid_request_error', 'model_not_found'];
    case 'rate':
      return [/tokens? (?:per|count)|_token_count/i.test(message) ? 'tokens' : 'requests', 'rate_limit_exceeded'];
    case 'quota':
      return ['insufficient_quota', 'insufficient_quota'];
    case 'overload':
    case 'timeout':
    case 'server':
      return ['server_error', null];
    default:
      return ['invalid_request_error', null];
  }
}

const ANTHROPIC_TYPES: Readonly<Record<FailureKind, string>> = {
  bad_request: 'invalid_request_error',
  too_long: 'invalid_request_error',
  too_large: 'request_too_large',
  credential: 'authentication_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  rate: 'rate_limit_error',
  quota: 'rate_limit_error',
  overload: 'overloaded_error',
  timeout: 'timeout_error',
  server: 'api_error',
};

function writeAnthropic(failure: Failure, status: number): WrittenFailure {
  const { kind } = failure;
  const message = kind === 'too_long' ? anthropicOverflow(failure.message) : failure.message;
  return {
    status: kind === 'overload' ? 529 : status,
    body: { type: 'error', error: { type: ANTHROPIC_TYPES[kind], message } },
  };
}

/** Clients of Anthropic know an overflow by its sentence. */
function anthropicOverflow(message: string): string {
  if (/^prompt is too long/i.test(message)) return message;
  const numbers = (message.match(/\d[\d,]{2,}/g) ?? []).map((number) => Number(number.replaceAll(',', '')));
  const [one, other] = numbers;
  if (one === undefined || other === undefined || one === other) return `prompt is too long: ${message}`;
  return `prompt is too long: ${Math.max(one, other)} tokens > ${Math.min(one, other)} maximum`;
}

const GOOGLE_STATUS: Readonly<Record<FailureKind, string>> = {
  bad_request: 'INVALID_ARGUMENT',
  too_long: 'INVALID_ARGUMENT',
  too_large: 'INVALID_ARGUMENT',
  credential: 'UNAUTHENTICATED',
  permission: 'PERMISSION_DENIED',
  not_found: 'NOT_FOUND',
  rate: 'RESOURCE_EXHAUSTED',
  quota: 'RESOURCE_EXHAUSTED',
  overload: 'UNAVAILABLE',
  timeout: 'DEADLINE_EXCEEDED',
  server: 'INTERNAL',
};

function writeGoogle({ kind, message, retryAfter }: Failure, status: number): WrittenFailure {
  const details: JsonObject[] =
    retryAfter === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }];
  return {
    status,
    body: {
      error: { code: status, message, status: GOOGLE_STATUS[kind], ...(details.length === 0 ? {} : { details }) },
    },
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
