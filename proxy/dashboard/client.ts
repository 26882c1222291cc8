import { signal } from '@preact/signals';
import type { LiveFigure } from '../admin/dashboard/figures.ts';

/** What `/api/admin/session` says. */
export interface Session {
  readonly signed_in: boolean;
  readonly csrf: string | null;
  readonly needs_token: boolean;
  readonly has_token: boolean;
  readonly version: string;
  /** Whether there are virtual keys, users and the ledger. */
  readonly governed: boolean;
  /** In what amounts of budgets are written; null without keys. */
  readonly budget_unit: 'cents' | 'usd' | null;
}

/** Null until it is known. */
export const session = signal<Session | null>(null);

/** A request that was refused or failed; `message` is the proxy's own sentence. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Sends a request to the proxy and reads its JSON. Rejects with Refused. A session that has ended leads back to the sign-in. */
export async function ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const csrf = session.value?.csrf;
  const response = await fetch(path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(csrf ? { 'x-csrf-token': csrf } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const value: unknown = parsed(text);
  if (response.ok) return value as T;
  if (response.status === 401 && path !== '/api/admin/session') void refreshSession();
  throw new Refused(response.status, messageOf(value) ?? `${response.status} ${response.statusText}`);
}

/** Asks who is signed in. */
export async function refreshSession(): Promise<void> {
  session.value = await ask<Session>('GET', '/api/admin/session');
}

export async function signIn(token: string): Promise<void> {
  await ask('POST', '/api/admin/session', { token });
  await refreshSession();
}

export async function signOut(): Promise<void> {
  await ask('DELETE', '/api/admin/session');
  await refreshSession();
}

export interface Listening<T> {
  news(value: T): void;
  /** The connection stands, or was lost and is tried again. */
  state?(connected: boolean): void;
}

/** Milliseconds until events are asked for anew where the proxy has refused them; after a break the browser does so by itself. */
const AGAIN_MS = 3_000;

/** Listens to events of the proxy, and again after each break; the returned function ends it. */
export function listen(path: string, on: Listening<never>): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource(path);
    source.addEventListener('message', ({ data }) => on.news(JSON.parse(String(data)) as never));
    source.addEventListener('open', () => on.state?.(true));
    source.addEventListener('error', () => {
      on.state?.(false);
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, AGAIN_MS);
      // The session may be over. Where the proxy is away, the next try shows it.
      refreshSession().catch(() => undefined);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

/** The sentence to show for an error. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Errors of the proxy's routes have three forms: `{error: {message}}`, `{error: "…"}`, `{detail: "…"}`. */
function messageOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { error, detail } = value as { error?: unknown; detail?: unknown };
  if (typeof error === 'object' && error !== null) return String((error as { message?: unknown }).message);
  if (typeof error === 'string') return error;
  if (Array.isArray(detail)) return detail.map((one: { msg?: string; loc?: unknown[] }) => `${one.loc?.join('.')}: ${one.msg}`).join('; ');
  return typeof detail === 'string' ? detail : undefined;
}

/** The routes that pages ask, each with the type of its answer. */
export const api = {
  liveEvents: (on: Listening<{ readonly figures: readonly LiveFigure[] }>) => listen('/api/admin/live/events', on),
};
