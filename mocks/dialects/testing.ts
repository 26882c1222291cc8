import { seededRandom } from '../generation/random.ts';
import { createTokenizer } from '../generation/tokenizer.ts';
import { operations } from './index.ts';
import type {
  DialectContext,
  JsonReply,
  ObjectStore,
  Reply,
  ResponseStore,
  StoredObject,
  StoredResponse,
  StreamReply,
} from './reply.ts';

/** Unix seconds of the fixed clock. */
export const TEST_NOW = 1_790_000_000;

const tokenizer = createTokenizer();

function memoryStore(): ResponseStore {
  const kept = new Map<string, StoredResponse>();
  return {
    get: (id) => kept.get(id),
    put: (response) => void kept.set(response.id, response),
    delete: (id) => kept.delete(id),
    find: (fits) => [...kept.values()].find(fits),
  };
}

function memoryObjects(): ObjectStore {
  const kept = new Map<string, Map<string, StoredObject>>();
  return {
    get: (collection, id) => kept.get(collection)?.get(id),
    put(collection, object) {
      const there = kept.get(collection) ?? new Map<string, StoredObject>();
      kept.set(collection, there.set(object.id, object));
    },
    delete: (collection, id) => kept.get(collection)?.delete(id) ?? false,
    all: (collection) => [...(kept.get(collection)?.values() ?? [])],
    drop: (path) => [...kept.keys()].filter((name) => name.startsWith(`${path}/`)).forEach((name) => kept.delete(name)),
  };
}

/** A context with a fixed clock and seed and an empty store. */
export function testContext(over: Partial<DialectContext> = {}): DialectContext {
  return {
    now: () => TEST_NOW * 1000,
    random: seededRandom(42),
    tokenizer,
    organization: 'org-mock',
    project: 'proj_0123456789abcdefghijklmn',
    version: '2020-10-01',
    state: memoryStore(),
    objects: memoryObjects(),
    lenientIds: false,
    jobStageMs: 1000,
    ...over,
  };
}

interface Call {
  readonly body?: unknown;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly rawBody?: string;
}

/** Runs an operation by its id as the server would. */
export function call(operationId: string, given: Call, context: DialectContext = testContext()): Reply {
  const operation = operations.find(({ id }) => id === operationId);
  if (!operation) throw new Error(`no operation ${operationId}`);
  const rawBody = Buffer.from(given.rawBody ?? (given.body === undefined ? '' : JSON.stringify(given.body)));
  return operation.handle(
    {
      method: operation.method,
      path: operation.path,
      params: given.params ?? {},
      query: new URLSearchParams(given.query),
      headers: given.headers ?? {},
      body: given.body,
      rawBody,
    },
    context,
  );
}

/** The parsed body of a JSON reply, as the shape the test expects. */
export function bodyOf(reply: Reply): unknown {
  return JSON.parse((reply as JsonReply).body);
}

/** The parsed `data:` of every event but `[DONE]`. */
export function dataOf(reply: Reply): readonly unknown[] {
  return [...(reply as StreamReply).events]
    .map((event) => /(?:^|\n)data: ([^\n]*)\n/.exec(event.bytes)?.[1] ?? '')
    .filter((data) => data !== '[DONE]')
    .map((data): unknown => JSON.parse(data));
}
