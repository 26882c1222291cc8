import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { keysApi, KINDS, type Entity, type Kind } from '../../api/governance.ts';
import { useLoaded, type Loaded } from '../../data.ts';
import { count, moment } from '../../format.ts';
import { html } from '../../html.ts';
import { Badge, Notice, Section } from '../../parts/basics.ts';
import { Choice, Field } from '../../parts/form.ts';
import { Table, type Column } from '../../parts/table.ts';
import { Detail, EntityForm, stateOf, type Owner, type Place } from './detail.ts';
import { UsedBar, usedOf } from './limits.ts';

const STEP = 100;
const KIND_OPTIONS = (Object.keys(KINDS) as Kind[]).map((kind) => [kind, KINDS[kind].title] as const);

interface Making {
  readonly kind: Kind;
  readonly owner?: Owner;
}

/** Customers, teams, users and their virtual keys: what they may use and have used. */
export function KeysPage(): VNode {
  const kind = useSignal<Kind>('virtual_key');
  const search = useSignal('');
  const most = useSignal(STEP);
  const open = useSignal<Place | null>(null);
  const making = useSignal<Making | null>(null);
  const secret = useSignal<Entity | null>(null);
  const query = { search: search.value, limit: String(most.value) };
  const on = [kind.value, search.value, most.value];
  const list = useLoaded(async () => ({ kind: kind.value, ...(await keysApi.list(kind.value, query)) }), 5_000, on);
  const show = (place: Place | null): void => {
    open.value = place;
    making.value = secret.value = null;
    if (place === null) return;
    kind.value = place.kind;
    scrollTo(0, 0);
  };
  const made = (entity: Entity): void => {
    show({ kind: making.value?.kind ?? 'virtual_key', id: entity.id });
    if (entity.value) secret.value = entity;
    void list.again();
  };
  const chosen = (text: string): void => {
    show(null);
    kind.value = text as Kind;
  };
  const { word } = KINDS[kind.value];
  return html`<div class="bar-line">
      <${Choice} label="Show" name="kind" value=${kind.value} options=${KIND_OPTIONS} onInput=${chosen} />
      <${Field} label="Search" name="search" type="search" onInput=${(text: string) => (search.value = text)} />
      <button type="button" onClick=${() => (making.value = { kind: kind.value })}>New ${word}</button>
    </div>
    ${making.value && html`<${NewEntity} key=${`${making.value.kind} ${making.value.owner?.id}`} making=${making.value} onDone=${made} onClose=${() => (making.value = null)} />`}
    ${secret.value && html`<${Secret} entity=${secret.value} onClose=${() => (secret.value = null)} />`}
    ${
      open.value &&
      html`<${Detail}
        key=${open.value.id}
        ...${open.value}
        onOpen=${show}
        onSecret=${(entity: Entity) => (secret.value = entity)}
        onNew=${(of: Kind, owner: Owner) => (making.value = { kind: of, owner })}
        onChanged=${() => void list.again()}
      />`
    }
    <${Entities}
      list=${list}
      kind=${kind.value}
      open=${open.value?.id}
      onOpen=${show}
      onMore=${() => (most.value += STEP)}
    />`;
}

interface NewEntityProps {
  readonly making: Making;
  readonly onDone: (entity: Entity) => void;
  readonly onClose: () => void;
}

function NewEntity({ making: { kind, owner }, onDone, onClose }: NewEntityProps): VNode {
  const of = owner ? ` of ${KINDS[owner.kind].word} ${owner.name}` : '';
  return html`<${Section}
    title=${`New ${KINDS[kind].word}${of}`}
    actions=${html`<button type="button" onClick=${onClose}>Cancel</button>`}
  >
    <${EntityForm} kind=${kind} owner=${owner} onDone=${onDone} />
    ${owner || kind === 'customer' ? null : html`<p class="soft">It belongs to none. To make it one of a customer, team or user, open that one.</p>`}
  <//>`;
}

/** The value of a key that was made or rotated just now. */
function Secret({ entity, onClose }: { entity: Entity; onClose: () => void }): VNode {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(entity.value ?? '');
    copied.value = true;
  };
  return html`<${Section}
    title=${`Value of ${entity.name}`}
    actions=${html`<button type="button" onClick=${copy}>${copied.value ? 'Copied' : 'Copy'}</button>
      <button type="button" onClick=${onClose}>I have it</button>`}
  >
    <${Notice} tone="warn">This page shows it now and not again.<//>
    <pre tabindex="0" aria-label="Value of the key">${entity.value}</pre>
  <//>`;
}

type Named = Loaded<{ readonly kind: Kind; readonly entities: readonly Entity[]; readonly count: number }>;

interface EntitiesProps {
  readonly list: Named;
  readonly kind: Kind;
  readonly open?: string;
  readonly onOpen: (place: Place) => void;
  readonly onMore: () => void;
}

function Entities({ list: { value, fault }, kind, open, onOpen, onMore }: EntitiesProps): VNode {
  if (fault.value) return html`<${Notice} tone="bad">${fault.value}<//>`;
  const list = value.value;
  if (list?.kind !== kind) return html`<${Notice}>Loading …<//>`;
  const { entities, count: all } = list;
  return html`<${Table}
      key=${kind}
      label=${KINDS[kind].title}
      columns=${COLUMNS.filter(({ of }) => of.includes(kind.charAt(0)))}
      rows=${entities}
      keyOf=${({ id }: Entity) => id}
      open=${open}
      onOpen=${({ id }: Entity) => onOpen({ kind, id })}
    />
    <p class="soft">
      ${count(entities.length)} of ${count(all)}
      ${entities.length < all ? html` <button type="button" onClick=${onMore}>More</button>` : null}
    </p>`;
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
