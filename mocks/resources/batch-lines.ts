import { missing, wrongType } from '../refusals/sentences.ts';
import type { Violation } from '../refusals/violation.ts';
import { badRequest } from '../dialects/errors.ts';
import type { DialectContext, JsonReply } from '../dialects/reply.ts';
import { isBody } from '../dialects/validate.ts';
import { runOperation } from './run-operation.ts';
import type { Fields } from './shape.ts';
import { textOf } from './fields.ts';

/** The provider's limit of requests in one batch. */
const LINES_MOST = 50_000;

export interface BatchLine {
  readonly customId: string;
  readonly body: Fields;
}

export interface LineFault {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  readonly line: number;
}

function lineFault({ code, message, param }: Violation): Omit<LineFault, 'line'> {
  return { code: code ?? 'invalid_request', message, param };
}

function faultOf(value: unknown, endpoint: string, seen: Set<string>): Omit<LineFault, 'line'> | undefined {
  if (!isBody(value)) {
    return { code: 'invalid_json_line', message: 'This line is not parseable as valid JSON.', param: null };
  }
  const absent = ['custom_id', 'method', 'url', 'body'].find((name) => value[name] === undefined);
  if (absent !== undefined) return lineFault(missing(absent));
  const { custom_id: customId, method, url } = value;
  if (typeof customId !== 'string') {
    return lineFault(wrongType('custom_id', 'a string', customId));
  }
  if (method !== 'POST') return { code: 'invalid_method', message: 'The method must be POST.', param: 'method' };
  if (url !== endpoint) {
    const message = 'The URL provided for this request does not match the batch endpoint.';
    return { code: 'invalid_url', message, param: 'url' };
  }
  if (seen.has(customId)) {
    const message = `The custom_id for this request is a duplicate of another request.`;
    return { code: 'duplicate_custom_id', message, param: 'custom_id' };
  }
  seen.add(customId);
  return undefined;
}

/** The requests of an input file, or what is wrong with its lines. */
export function readLines(
  content: Buffer,
  endpoint: string,
): { readonly lines: readonly BatchLine[]; readonly faults: readonly LineFault[] } {
  const texts = content
    .toString()
    .split('\n')
    .filter((text) => text.trim() !== '');
  const whole = (code: string, message: string): LineFault => ({ code, message, param: null, line: 1 });
  if (texts.length === 0) return { lines: [], faults: [whole('empty_file', 'The batch input file is empty.')] };
  if (texts.length > LINES_MOST) {
    const message = `The batch input file has more than ${LINES_MOST} requests.`;
    return { lines: [], faults: [whole('too_many_tasks', message)] };
  }
  const seen = new Set<string>();
  const lines: BatchLine[] = [];
  const faults: LineFault[] = [];
  for (const [index, text] of texts.entries()) {
    const value = parsed(text);
    const fault = faultOf(value, endpoint, seen);
    if (fault !== undefined) faults.push({ ...fault, line: index + 1 });
    else if (isBody(value)) lines.push({ customId: textOf(value['custom_id']), body: bodyOf(value) });
  }
  return { lines, faults };
}

function bodyOf(line: Fields): Fields {
  const { body } = line;
  return isBody(body) ? body : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answered(line: BatchLine, endpoint: string, context: DialectContext): JsonReply {
  if (line.body['stream'] === true) {
    return badRequest(context, "The 'stream' parameter is not supported in batch requests.", 'stream');
  }
  const reply = runOperation(endpoint, line.body, context);
  if (reply?.kind === 'json') return reply;
  return badRequest(context, `The endpoint ${endpoint} cannot be used in batch requests.`, 'url');
}

export interface LineResult {
  /** The line of the output file, or of the error file when the request failed. */
  readonly text: string;
  readonly failed: boolean;
  readonly input: number;
  readonly output: number;
}

/** Runs one request and writes its line. */
export function runLine(line: BatchLine, endpoint: string, context: DialectContext): LineResult {
  const reply = answered(line, endpoint, context);
  const requestId = reply.headers.find(([name]) => name === 'x-request-id')?.[1];
  const body: unknown = JSON.parse(reply.body);
  const text = JSON.stringify({
    id: `batch_req_${context.random.hex(32)}`,
    custom_id: line.customId,
    response: { status_code: reply.status, request_id: requestId?.replace('req_', ''), body },
    error: null,
  });
  const failed = reply.status >= 400;
  return { text, failed, input: reply.billed?.input ?? 0, output: reply.billed?.output ?? 0 };
}
