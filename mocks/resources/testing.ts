import { operations } from '../dialects/index.ts';
import type { DialectContext, Operation, Reply } from '../dialects/reply.ts';
import { testContext } from '../dialects/testing.ts';
import { UploadedFile } from '../dialects/uploaded-file.ts';
import { resourceOperations } from './index.ts';

export interface Answer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as sent. */
  readonly text: string;
  readonly bytes: Buffer;
  /** The parsed body of a JSON answer. */
  readonly body: Record<string, unknown>;
}

export interface TestApi {
  (method: string, url: string, body?: unknown): Answer;
  readonly context: DialectContext;
  /** Lets time pass. */
  advance(ms: number): void;
  /** Everything that was answered, in order. */
  readonly answers: readonly Answer[];
}

interface Route {
  readonly operation: Operation;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

/** Fewer names first: where a literal and a name both fit, the literal wins. */
const ROUTES: readonly Route[] = [...operations, ...resourceOperations]
  .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)
  .map((operation) => ({
    operation,
    pattern: new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
    names: [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''),
  }));

function matched({ pattern, names }: Route, path: string): Record<string, string> | undefined {
  const found = pattern.exec(path);
  return found === null ? undefined : Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']));
}

function answerOf(method: string, path: string, reply: Reply): Answer {
  const text = reply.kind === 'stream' ? [...reply.events].map((event) => event.bytes).join('') : reply.body;
  const bytes = Buffer.from(text as string);
  const headers = Object.fromEntries(reply.headers);
  const isJson = bytes.length > 0 && headers['content-type']?.startsWith('application/json') === true;
  const body = (isJson ? JSON.parse(bytes.toString()) : {}) as Record<string, unknown>;
  return { method, path, status: reply.status, headers, text: bytes.toString(), bytes, body };
}

/** All operations on one store, with a clock that the test moves; a job stays one second in each of its states. */
export function testApi(over: Partial<DialectContext> = {}): TestApi {
  let passed = 0;
  const start = testContext();
  const context = testContext({ now: () => start.now() + passed, ...over });
  const answers: Answer[] = [];
  const call = (method: string, url: string, body?: unknown): Answer => {
    const [path = '', query] = `/v1${url}`.split('?');
    for (const route of ROUTES) {
      const { operation } = route;
      const params = operation.method === method ? matched(route, path) : undefined;
      if (params === undefined) continue;
      const request = {
        method,
        path,
        params,
        query: new URLSearchParams(query),
        headers: {},
        body,
        rawBody: Buffer.alloc(0),
      };
      const answer = answerOf(method, path, operation.handle(request, context));
      answers.push(answer);
      return answer;
    }
    throw new Error(`no operation for ${method} ${path}`);
  };
  return Object.assign(call, { context, answers, advance: (ms: number) => void (passed += ms) });
}

export function textFile(text: string, filename = 'notes.txt'): UploadedFile {
  return new UploadedFile(filename, 'text/plain', Buffer.from(text));
}

/** Uploads a text and gives the id of its file. */
export function uploaded(api: TestApi, text: string, purpose = 'user_data', filename?: string): string {
  return String(api('POST', '/files', { purpose, file: textFile(text, filename) }).body['id']);
}
