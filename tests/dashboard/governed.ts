import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DashboardOptions } from './bed.ts';

export const TOKEN = 'the-admin-token-of-this-test';

/** Options for a proxy with virtual keys, whose database lies in a folder of the test; the page is signed in. A request costs two cents. */
export function governedOptions(config: object = {}): DashboardOptions {
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-dashboard-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return {
    token: TOKEN,
    config: {
      auth: { admin_token: TOKEN },
      database: { url: join(folder, 'llmproxy.db') },
      prices: { 'gpt-4o-mini': { request: 0.02, input: 0, output: 0 } },
      ...config,
    },
  };
}

/** Calls a route of `/api/governance` as the operator. Throws on a refusal. */
export async function governance<T>(url: string, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${url}/api/governance${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as T;
}
