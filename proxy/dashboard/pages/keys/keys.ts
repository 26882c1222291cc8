import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { VNode } from 'preact';
import { keysApi, KINDS, type Entity, type Kind } from '../../api/governance.ts';
import { useLoaded } from '../../data.ts';
import { count, moment } from '../../format.ts';
import { html } from '../../html.ts';
import { Badge, Notice, Section } from '../../parts/basics.ts';
import { Choice, Field } from '../../parts/form.ts';
import { Table, type Column } from '../../parts/table.ts';
import { changes, Detail, listed, making, NewEntity, open, secret, show, stateOf } from './detail.ts';
import { UsedBar, usedOf } from './limits.ts';

const STEP = 100;
const KIND_OPTIONS = (Object.keys(KINDS) as Kind[]).map((kind) => [kind, KINDS[kind].title] as const);

/** Customers, teams, users and their virtual keys: what they may use and have used. */
export function KeysPage(): VNode {
  const search = useSignal('');
  const most = useSignal(STEP);
  const kind = listed.value;
  const query = { search: search.value, limit: String(most.value) };
  const on = [kind, search.value, most.value, changes.value];
  const { value, fault } = useLoaded(async () => ({ kind, ...(await keysApi.list(kind, query)) }), 5_000, on);
  useEffect(() => () => show('virtual_key'), []);
  const list = value.value?.kind === kind ? value.value : undefined;
  const more = html` <button type="button" onClick=${() => (most.value += STEP)}>More</button>`;
  return html`<div class="bar-line">
      <${Choice} label="Show" name="kind" value=${kind} options=${KIND_OPTIONS} onInput=${(text: string) => show(text as Kind)} />
      <${Field} label="Search" name="search" type="search" onInput=${(text: string) => (search.value = text)} />
      <button type="button" onClick=${() => (making.value = { kind })}>New ${KINDS[kind].word}</button>
    </div>
    <${NewEntity} /><${Secret} />
    ${open.value && html`<${Detail} key=${open.value.id} ...${open.value} />`}
    ${fault.value && html`<${Notice} tone="bad">${fault.value}<//>`}
    <${Table} key=${kind} label=${KINDS[kind].title} columns=${COLUMNS.filter(({ of }) => of.includes(kind.charAt(0)))}
      rows=${list?.entities ?? []} keyOf=${({ id }: Entity) => id} open=${open.value?.id} onOpen=${(one: Entity) => show(kind, one)}
      empty=${list ? 'Nothing yet.' : 'Loading …'} />
    ${list && html`<p class="soft">${count(list.entities.length)} of ${count(list.count)} ${list.entities.length < list.count && more}</p>`}`;
}

/** The value of a key that was made or rotated just now. */
function Secret(): VNode | null {
  const copied = useSignal('');
  if (secret.value === null) return null;
  const { name, value } = secret.value;
  const copy = (): Promise<string> => navigator.clipboard.writeText(value ?? '').then(() => (copied.value = value ?? ''));
  const actions = html`<button type="button" onClick=${copy}>${copied.value === value ? 'Copied' : 'Copy'}</button>
    <button type="button" onClick=${() => (secret.value = null)}>I have it</button>`;
  return html`<${Section} title=${`Value of ${name}`} actions=${actions}>
    <${Notice} tone="warn">This page shows it now and not again.<//>
    <pre tabindex="0" aria-label="Value of the key">${value}</pre>
  <//>`;
}

const used = ({ budget }: Entity): number | null => (budget ? budget.current_usage / budget.max_limit : null);
const ownersOf = ({ customer, team, user }: Entity): string => [customer, team, user].flatMap((one) => one?.name ?? []).join(' · ');
const badge = (entity: Entity): VNode | null => {
  const state = stateOf(entity);
  return state && html`<${Badge} tone=${state[0]}>${state[1]}<//>`;
};

const bars = (one: Entity, isMoney: boolean): VNode => {
  const limits = usedOf(one).filter(({ what }) => (what === 'Budget') === isMoney);
  if (limits.length === 0) return html`<span class="soft">no limit</span>`;
  return html`${limits.map((of) => html`<div key=${of.what}><${UsedBar} of=${of} /></div>`)}`;
};

const number = { isNumber: true } as const;
/** `of`: first letters of the kinds that have it. */
const COLUMNS: readonly (Column<Entity> & { readonly of: string })[] = [
  { name: 'Name', of: 'vutc', show: ({ name }) => name, sort: ({ name }) => name },
  { name: 'State', of: 'vu', show: badge, sort: (one) => stateOf(one)?.[1] },
  { name: 'Of', of: 'vut', show: ownersOf, sort: ownersOf },
  { name: 'Budget', of: 'vutc', show: (one) => bars(one, true), sort: used },
  { name: 'Limits', of: 'vu', show: (one) => bars(one, false) },
  { name: 'Teams', of: 'c', ...number, show: ({ teams }) => count(teams?.length) },
  { name: 'Keys', of: 'utc', ...number, show: ({ virtual_keys: keys }) => count(keys?.length ?? 0) },
  { name: 'Expires', of: 'v', show: (one) => moment(one.expires_at), sort: (one) => one.expires_at },
  { name: 'Created', of: 'utc', show: (one) => moment(one.created_at), sort: (one) => one.created_at },
];
