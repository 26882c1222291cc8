import type { JsonObject } from '../../core/json.ts';
import { ControlPlane, type ProxyOptions } from '../control-plane.ts';
import { exitCodeOf, type CommandPlace } from '../place.ts';
import { createBody, type Owners } from './create-body.ts';
import { parseExact } from './exact-json.ts';
import { entityIn, findEntity, notGovernance, type Found } from './find.ts';
import { keysTable, keyText } from './key-text.ts';
import type { CreateOptions, KeysOptions, ListOptions, RevokeOptions, RotateOptions, ShowOptions } from './options.ts';

const PATH = '/virtual-keys';

/** `llmproxy keys create`: makes a virtual key and prints it with its value. Returns the exit code, as all of these do. */
export function createKey(options: CreateOptions, place: CommandPlace): Promise<number> {
  return exitCodeOf('keys create', place, async () => {
    // What is wrong with the options is said before anything is asked.
    createBody(options, {});
    const proxy = proxyOf(options, place);
    const body = createBody(options, await ownersOf(options, proxy));
    show(options, place, entityIn(await proxy.ask('POST', PATH, body), 'virtual_key', proxy));
  });
}

/** `llmproxy keys list`: all keys, without their values. */
export function listKeys(options: ListOptions, place: CommandPlace): Promise<number> {
  return exitCodeOf('keys list', place, async () => {
    const proxy = proxyOf(options, place);
    const query = options.search === undefined ? '' : `?${new URLSearchParams({ search: options.search }).toString()}`;
    const answer = parseExact(await proxy.ask('GET', `${PATH}${query}`));
    const keys = answer?.['virtual_keys'];
    if (!Array.isArray(keys)) throw notGovernance(proxy);
    const shown = keys.map((key) => withoutValue(key as JsonObject));
    place.out.write(options.json === true ? jsonText({ ...answer, virtual_keys: shown }) : keysTable(shown));
  });
}

/** `llmproxy keys show ID|NAME`: one key; its value where that is asked for. */
export function showKey(given: string, options: ShowOptions, place: CommandPlace): Promise<number> {
  return exitCodeOf('keys show', place, async () => {
    const key = await findEntity(proxyOf(options, place), 'key', given);
    show(options, place, options.value === true ? key : withoutValue(key));
  });
}

/** `llmproxy keys rotate ID|NAME`: a new value, printed with the key; the old one works until the grace is over. */
export function rotateKey(given: string, options: RotateOptions, place: CommandPlace): Promise<number> {
  return exitCodeOf('keys rotate', place, async () => {
    const proxy = proxyOf(options, place);
    const { id } = await findEntity(proxy, 'key', given);
    const body = JSON.stringify(options.grace === undefined ? {} : { grace: options.grace });
    const answer = await proxy.ask('POST', `${PATH}/${encodeURIComponent(id)}/rotate`, body);
    show(options, place, entityIn(answer, 'virtual_key', proxy));
  });
}

/** `llmproxy keys revoke ID|NAME`: switches a key off, or deletes it. */
export function revokeKey(given: string, options: RevokeOptions, place: CommandPlace): Promise<number> {
  return exitCodeOf('keys revoke', place, async () => {
    const proxy = proxyOf(options, place);
    const key = await findEntity(proxy, 'key', given);
    const path = `${PATH}/${encodeURIComponent(key.id)}`;
    if (options.delete === true) {
      await proxy.ask('DELETE', path);
      report(options, place, key, 'is deleted');
      return;
    }
    const answer = await proxy.ask('PUT', path, JSON.stringify({ is_active: false }));
    report(options, place, entityIn(answer, 'virtual_key', proxy), 'is switched off');
  });
}

function proxyOf(options: ProxyOptions, place: CommandPlace): ControlPlane {
  return new ControlPlane(options, place, 'virtual keys');
}

async function ownersOf({ team, customer, user }: CreateOptions, proxy: ControlPlane): Promise<Owners> {
  return {
    ...(team === undefined ? {} : { team_id: (await findEntity(proxy, 'team', team)).id }),
    ...(customer === undefined ? {} : { customer_id: (await findEntity(proxy, 'customer', customer)).id }),
    ...(user === undefined ? {} : { user_id: (await findEntity(proxy, 'user', user)).id }),
  };
}

function show(options: KeysOptions, { out }: CommandPlace, key: JsonObject): void {
  out.write(options.json === true ? jsonText({ virtual_key: key }) : keyText(key));
}

function report(options: KeysOptions, { out }: CommandPlace, key: Found, what: string): void {
  const line = `virtual key ${JSON.stringify(key.name)} (${key.id}) ${what}\n`;
  out.write(options.json === true ? jsonText({ virtual_key: withoutValue(key) }) : line);
}

function withoutValue({ value: _value, ...key }: JsonObject): JsonObject {
  return key;
}

function jsonText(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
