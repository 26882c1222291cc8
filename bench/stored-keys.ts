import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Harness } from './harness.ts';
import { residentBytes } from './machine.ts';
import type { Program } from './programs.ts';
import type { StoredKeys } from './results.ts';
import { keysSections, launchProxy } from './llmproxy.ts';
import { tempFolder } from './temp-folder.ts';

const [KEYS, TEAMS, CUSTOMERS] = [100_000, 10_000, 100];
const MIB = 2 ** 20;

export const NO_KEYS: StoredKeys = {
  keys: KEYS,
  teams: TEAMS,
  startMs: [],
  emptyStartMs: [],
  residentMiB: Number.NaN,
  emptyMiB: Number.NaN,
  listMs: [],
};

/** Starts the proxy with a database of many keys, each with a budget and a rate limit, and lists its teams. */
export async function storedKeys(harness: Harness, tries: number): Promise<StoredKeys> {
  const folder = tempFolder();
  const [empty, full] = [join(folder, 'none'), join(folder, 'many')];
  for (const path of [empty, full]) {
    mkdirSync(path);
    // The first start makes the schema.
    await (await start(harness, path)).stop();
  }
  seed(join(full, 'llmproxy.db'));
  const without = await starts(harness, empty, tries);
  const many = await starts(harness, full, tries);
  return {
    keys: KEYS,
    teams: TEAMS,
    startMs: many.readyMs,
    emptyStartMs: without.readyMs,
    residentMiB: many.residentMiB,
    emptyMiB: without.residentMiB,
    listMs: many.listMs,
  };
}

function start(harness: Harness, folder: string): Promise<Program> {
  const upstream = `http://127.0.0.1:${harness.upstream.port}/v1`;
  return launchProxy(upstream, { folder, sections: keysSections(folder) });
}

async function starts(
  harness: Harness,
  folder: string,
  tries: number,
): Promise<{ readonly readyMs: number[]; readonly residentMiB: number; readonly listMs: number[] }> {
  const readyMs: number[] = [];
  const listMs: number[] = [];
  let residentMiB = 0;
  for (let round = 0; round < tries; round++) {
    const program = await start(harness, folder);
    readyMs.push(Math.round(program.readyMs));
    residentMiB = Math.max(residentMiB, Math.round(residentBytes(program.pid) / MIB));
    listMs.push(await listTeams(program.port));
    await program.stop();
  }
  return { readyMs, residentMiB, listMs };
}

async function listTeams(port: number): Promise<number> {
  const began = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/api/governance/teams`);
  const text = await response.text();
  const took = Math.round(performance.now() - began);
  const { count } = JSON.parse(text) as { readonly count?: number };
  if (count !== 0 && count !== TEAMS) throw new Error(`the list of teams is ${text.slice(0, 200)}`);
  return took;
}

/** The rows that `POST /api/governance/…` would write. No value fits their digests, so no request can bring these keys. */
function seed(path: string): void {
  const database = new DatabaseSync(path);
  const at = new Date().toISOString();
  const insert = (table: string, columns: string): ((...values: (string | number)[]) => void) => {
    const marks = columns.split(',').map(() => '?');
    const statement = database.prepare(`insert into llmproxy_${table} (${columns}) values (${marks.join(',')})`);
    return (...values) => void statement.run(...values);
  };
  const customer = insert('customers', 'id,name,created_at,updated_at');
  const team = insert('teams', 'id,name,customer_id,created_at,updated_at');
  const key = insert('virtual_keys', 'id,name,digest,sealed_value,is_active,customer_id,created_at,updated_at');
  const budget = insert('budgets', 'id,owner_kind,owner_id,max_limit,reset_duration,last_reset,created_at,updated_at');
  const rate = insert(
    'rate_limits',
    'id,owner_kind,owner_id,token_last_reset,request_max_limit,request_reset_duration,request_last_reset,created_at,updated_at',
  );
  database.exec('begin');
  for (let index = 0; index < CUSTOMERS; index++) customer(idOf('c', index), `customer ${index}`, at, at);
  for (let index = 0; index < TEAMS; index++) {
    team(idOf('t', index), `team ${index}`, idOf('c', index % CUSTOMERS), at, at);
    budget(idOf('tb', index), 'team', idOf('t', index), 100_000, '1M', at, at, at);
  }
  for (let index = 0; index < KEYS; index++) {
    const id = idOf('k', index);
    const digest = createHash('sha256').update(id).digest('base64url');
    key(id, `key ${index}`, digest, `v1.${digest}${digest}`, 1, idOf('c', index % CUSTOMERS), at, at);
    budget(idOf('b', index), 'virtual_key', id, 10_000, '1d', at, at, at);
    rate(idOf('r', index), 'virtual_key', id, at, 1_000, '1h', at, at, at);
  }
  database.exec('commit');
  database.close();
}

/** As long as the ids of the proxy. */
function idOf(kind: string, index: number): string {
  const digits = createHash('sha256').update(`${kind}${index}`).digest('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}
