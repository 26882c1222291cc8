import type { MockView } from '../../admin/dashboard/mocks-router.ts';
import { ask, listen, type Listening } from '../client.ts';

/** A request as the mock saw it; these are the members that the page names. */
export interface MockEntry {
  readonly id: string;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly model?: string;
  readonly status?: number;
  readonly stream: boolean;
  readonly endedAt?: number;
  readonly eventsOut: number;
  readonly aborted: boolean;
  readonly fault?: string;
  readonly rule?: string;
}

export interface MockRule {
  readonly id: number;
  /** Null: without limit. */
  readonly left: number | null;
  readonly rule: { readonly fault?: unknown } | null;
}

/** What a mock says of itself; `fault`: why it cannot be asked. */
export interface MockState {
  readonly fault?: string | null;
  readonly journal: { readonly entries: readonly MockEntry[] };
  readonly answers: { readonly scripted: readonly MockRule[] };
  readonly faults: { readonly scripted: readonly MockRule[] };
  readonly clock: { readonly kind: 'real' | 'virtual'; readonly now: number; readonly waiting?: number };
  readonly limits: {
    readonly settings: unknown;
    readonly buckets: readonly {
      readonly key: string | null;
      readonly model: string;
      readonly limits: Readonly<Record<string, { readonly limit: number; readonly remaining: number }>>;
    }[];
  };
  readonly script: { readonly script: { readonly rules: readonly object[] } | null };
}

export const mocksApi = {
  list: async () => (await ask<{ mocks: readonly MockView[] }>('GET', '/api/admin/mocks')).mocks,
  /** A route of the control API of a mock. */
  call: <T>(mock: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', route: string, body?: unknown) =>
    ask<T>(method, `/api/admin/mocks/${encodeURIComponent(mock)}/${route}`, body),
  events: (mock: string, on: Listening<Partial<MockState>>) => listen(`/api/admin/mocks/${encodeURIComponent(mock)}/events`, on),
};
