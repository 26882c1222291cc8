import { ProxyError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

/** A mock that the configuration names. */
export interface MockPlace {
  readonly name: string;
  /** It came with the proxy; else it runs elsewhere. */
  readonly bundled: boolean;
  /** Origin, and the path of the tenant that the endpoints use, if they do. */
  readonly address: string;
  /** Of its control API. */
  readonly token?: Secret;
  /** Ids of the endpoints that it answers for. */
  readonly endpoints: readonly string[];
}

/** What the routes of mocks ask of the proxy. */
export interface MocksDeps {
  /** Those of the configuration in force. */
  readonly places: () => readonly MockPlace[];
  /** An operator has changed one. */
  readonly changed: (change: { readonly mock: string; readonly change: string }) => void;
}

interface MockRoute {
  readonly summary: string;
  /** Parameters that go along; others are left out. */
  readonly query?: readonly string[];
}

const FILTERS = ['since', 'model', 'operation', 'path'];
/** What operators may do to mocks: routes of their control API, without the one that stops them. */
export const MOCK_ROUTES: Readonly<Record<string, MockRoute>> = {
  'GET journal': { summary: 'What came in, oldest first', query: ['last', ...FILTERS] },
  'DELETE journal': { summary: 'Forget what came in', query: FILTERS },
  'GET answers': { summary: 'The scripted answers, oldest first' },
  'POST answers': { summary: 'Script an answer' },
  'DELETE answers': { summary: 'Forget the scripted answers, or one of them', query: ['id'] },
  'GET faults': { summary: 'The scripted failures, oldest first, and the catalogue' },
  'POST faults': { summary: 'Script a failure' },
  'DELETE faults': { summary: 'Forget the scripted failures, or one of them', query: ['id'] },
  'GET limits': { summary: 'The rate limits and quotas, and what is left' },
  'PUT limits': { summary: 'Put other rate limits and quotas in place' },
  'DELETE limits': { summary: 'Take rate limits and quotas away' },
  'GET script': { summary: 'How the script is doing' },
  'PUT script': { summary: 'Put a script in place, from its beginning' },
  'DELETE script': { summary: 'Take the script away' },
  'GET clock': { summary: 'What time it is' },
  'POST clock': { summary: 'Move a virtual clock' },
  'POST reset': { summary: 'Forget the journal, rules and stored objects, and restore the settings of the start' },
};

/** Longest wait for a mock, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Headers and parameters that may hold a credential: an endpoint may be configured to be sent its key in any header. */
const KEY_NAME = /auth|(?<!idempotency-)key|token|secret|password|cookie/i;
const MOST_BYTES = 16 * 1_024 * 1_024;

export interface MockCall {
  readonly method: string;
  /** What follows `/__mock/`: a name out of `MOCK_ROUTES`. */
  readonly name: string;
  readonly query?: URLSearchParams;
  readonly body?: Buffer | undefined;
  /** Left out = 10 s. */
  readonly timeoutMs?: number;
}

/** Asks the control API of a mock. Rejects with ProxyError `upstream_failed`, `upstream_timeout`. */
export async function askMock(
  { name: mock, address, token }: MockPlace,
  { method, name, query = new URLSearchParams(), body, timeoutMs = TIMEOUT_MS }: MockCall,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  try {
    const response = await fetch(`${address}/__mock/${name}${query.size === 0 ? '' : `?${query.toString()}`}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}) },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    if (response.headers.get('content-type') !== 'application/json') {
      throw failed(mock, 'its answer is not that of a control API');
    }
    const read = await bounded(response, mock);
    const isJournal = name === 'journal' && method === 'GET' && response.status === 200;
    return { status: response.status, body: isJournal ? withoutKeys(read) : read };
  } catch (error) {
    if (error instanceof ProxyError) throw error;
    const { name: kind, cause, message } = error as Error;
    if (kind === 'TimeoutError') {
      throw new ProxyError('upstream_timeout', `The mock '${mock}' did not answer within ${timeoutMs / 1_000} s.`);
    }
    throw failed(mock, cause instanceof Error ? cause.message : message);
  }
}

async function bounded({ body }: Response, mock: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw failed(mock, 'its answer has more than 16 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

type Named = Readonly<Record<string, unknown>>;

/** The journal of a mock has the keys that endpoints are asked with, callers' own among them. */
function withoutKeys(journal: Buffer): Buffer {
  const { entries } = JSON.parse(journal.toString()) as {
    readonly entries: readonly { headers: Named; query: Named }[];
  };
  const shown = entries.map((one) => ({ ...one, headers: masked(one.headers), query: masked(one.query) }));
  return Buffer.from(JSON.stringify({ entries: shown }));
}

function masked(named: Named): Named {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, KEY_NAME.test(name) ? '…' : value]));
}

function failed(mock: string, why: string): ProxyError {
  return new ProxyError('upstream_failed', `The mock '${mock}' cannot be asked: ${why}.`);
}
