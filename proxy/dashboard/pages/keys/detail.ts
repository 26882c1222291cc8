import { signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { VNode } from 'preact';
import { keysApi, KINDS, type Entity, type Kind } from '../../api/governance.ts';
import { useLoaded } from '../../data.ts';
import { moment } from '../../format.ts';
import { html } from '../../html.ts';
import { Badge, Notice, Section, type Tone } from '../../parts/basics.ts';
import { Action, Choice, Field, Form } from '../../parts/form.ts';
import { bodyOf, fieldsOf, memberOf, textOf, type Texts } from './fields.ts';
import { LimitRows } from './limits.ts';

/** An entity by what it is. */
type Place = { readonly kind: Kind; readonly id: string; readonly name: string };

/** What the page has open: the kind of its list, an entity, the form of a new one, a key whose value is shown. */
export const listed = signal<Kind>('virtual_key');
export const open = signal<Place | null>(null);
export const making = signal<{ readonly kind: Kind; readonly owner?: Place } | null>(null);
export const secret = signal<Entity | null>(null);
/** Counts what this page has changed. */
export const changes = signal(0);

export function show(kind: Kind, entity: Entity | null = null): void {
  listed.value = kind;
  open.value = entity && { kind, id: entity.id, name: entity.name };
  making.value = secret.value = null;
  if (entity) scrollTo(0, 0);
}

/** `entity`: the one to be changed; left out = a new one. */
function EntityForm({ kind, entity, onDone }: Pick<Place, 'kind'> & { entity?: Entity; onDone: (one: Entity) => void }) {
  const { word } = KINDS[kind];
  const send = async (texts: Texts): Promise<void> => {
    const body = bodyOf(kind, texts, entity);
    const owner = making.value?.owner;
    const owned = owner && { [`${owner.kind}_id`]: owner.id };
    onDone(await (entity ? keysApi.change(kind, entity.id, body) : keysApi.create(kind, { ...body, ...owned })));
    changes.value += 1;
  };
  // The same nodes as long as it is the same form: what the page fetches meanwhile must not undo what is typed.
  const fields = useMemo(
    () =>
      fieldsOf(kind).map((field) => {
        const { name, label, form, options } = field;
        const given = { key: name, name, label, value: textOf(field, entity), required: name === 'name' };
        if (options) return html`<${Choice} ...${given} options=${options} />`;
        return html`<${Field} ...${given} type=${form === 'date' ? 'date' : 'text'} />`;
      }),
    [],
  );
  const [label, submit] = entity ? [`Change ${word}`, 'Save'] : [`New ${word}`, 'Create'];
  return html`<${Form} label=${label} submit=${submit} onSubmit=${send}>${fields}<//>`;
}

export function NewEntity(): VNode | null {
  if (making.value === null) return null;
  const { kind, owner } = making.value;
  const done = (entity: Entity): void => {
    show(kind, entity);
    if (entity.value) secret.value = entity;
  };
  const title = `New ${KINDS[kind].word}${owner ? ` of ${KINDS[owner.kind].word} ${owner.name}` : ''}`;
  const cancel = html`<button type="button" onClick=${() => (making.value = null)}>Cancel</button>`;
  return html`<${Section} key=${title} title=${title} actions=${cancel}>
    <${EntityForm} kind=${kind} onDone=${done} />
    ${!owner && kind !== 'customer' && html`<p class="soft">To make one of a customer, team or user, open that one.</p>`}
  <//>`;
}

/** Whether a key or a user can be used now; null for what cannot be blocked. */
export function stateOf({ is_active: isActive, user, expires_at: end }: Entity): readonly [Tone, string] | null {
  if (isActive === undefined) return null;
  if (!isActive) return ['bad', 'blocked'];
  if (user?.is_active === false) return ['bad', 'user blocked'];
  return end && Date.parse(end) <= Date.now() ? ['warn', 'expired'] : ['good', 'active'];
}

/** What can be made below an entity. */
const BELOW: Readonly<Record<Kind, readonly Kind[]>> = {
  virtual_key: [],
  user: ['virtual_key'],
  team: ['virtual_key', 'user'],
  customer: ['team', 'virtual_key', 'user'],
};
const GRACES = Object.entries({ 0: 'ends at once', '1h': 'goes on for an hour', '24h': 'goes on for a day' });

/** One entity: what it has used, what hangs on it, and what can be done with it. */
export function Detail({ kind, id, name }: Place): VNode {
  const { value, fault } = useLoaded(() => keysApi.read(kind, id), 5_000, [changes.value]);
  const isEditing = useSignal(false);
  const rotate = async ({ grace = '0' }: Texts): Promise<void> => {
    secret.value = await keysApi.rotate(id, grace);
    changes.value += 1;
  };
  // The same node, as above.
  const rotation = useMemo(
    () =>
      html`<${Form} label="Rotate" submit="Rotate" onSubmit=${rotate}>
        <${Choice} label="The value until now" name="grace" value="24h" options=${GRACES} />
      <//>`,
    [],
  );
  const entity = value.value;
  if (!entity) return html`<${Notice} tone=${fault.value ? 'bad' : 'plain'}>${fault.value ?? 'Loading …'}<//>`;
  const after = (what: Promise<unknown>): Promise<unknown> => what.then(() => (changes.value += 1));
  const block = (is_active: boolean) => () => after(keysApi.change(kind, id, { is_active }));
  const remove = async (): Promise<void> => {
    await keysApi.remove(kind, id);
    show(kind);
    changes.value += 1;
  };
  const isKey = kind === 'virtual_key';
  const actions = html`
    <button type="button" aria-expanded=${isEditing.value} onClick=${() => (isEditing.value = !isEditing.value)}>
      Edit
    </button>
    ${entity.is_active === false && html`<${Action} onClick=${block(true)}>Unblock<//>`}
    ${entity.is_active && html`<${Action} tone="bad" confirm="Refuse its requests from now on" onClick=${block(false)}>Block<//>`}
    ${isKey && html`<${Action} confirm="Set to zero what it has used" onClick=${() => after(keysApi.resetUsage(id))}>Reset usage<//>`}
    <${Action} tone="bad" confirm="Delete it for good" onClick=${remove}>Delete<//>
    <button type="button" onClick=${() => show(kind)}>Close</button>
  `;
  const below = BELOW[kind].map((one) => {
    const make = (): void => void (making.value = { kind: one, owner: { kind, id, name } });
    return html`<button key=${one} type="button" onClick=${make}>New ${KINDS[one].word} here</button>`;
  });
  return html`<${Section} title=${`${KINDS[kind].title.slice(0, -1)} ${entity.name}`} actions=${actions}>
    ${
      isEditing.value
        ? html`<${EntityForm} kind=${kind} entity=${entity} onDone=${() => (isEditing.value = false)} />`
        : html`<${Facts} kind=${kind} entity=${entity} />`
    }
    ${isKey && rotation}
    <div class="actions">${below}</div>
  <//>`;
}

const SHOWN = ['description', 'external_id', 'plan', 'max_concurrency', 'allowed_models', 'allowed_providers'];
const TIMES = ['expires_at', 'trial_ends_at', 'created_at'];

/** Limits of the entity and of what it belongs to, then what it belongs to or has, and what else it says. */
function Facts({ kind, entity }: { kind: Kind; entity: Entity }): VNode {
  const { team, user, customer } = entity;
  const hasUsers = kind === 'team' || kind === 'customer';
  const users = useLoaded(async () => (hasUsers ? (await keysApi.list('user', { [`${kind}_id`]: entity.id, limit: '100' })).entities : []));
  const state = stateOf(entity);
  const named = Object.entries({ ...entity.model_limits, ...entity.provider_limits });
  const fact = (title: string, content: unknown): VNode =>
    html`<dt>${title}</dt>
      <dd>${content}</dd>`;
  const texts = [...SHOWN, ...TIMES].map((member) => {
    const text = memberOf(entity, member)?.toString() ?? '';
    const title = member.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());
    return text !== '' && fact(title, TIMES.includes(member) ? moment(text) : text);
  });
  const link = (of: Kind) => (one: Entity) =>
    html`<button key=${one.id} type="button" class="link" onClick=${() => show(of, one)}>${one.name}</button>`;
  const links = (title: string, of: Kind, list: readonly Entity[] | null | undefined): unknown =>
    list && list.length > 0 && fact(title, html`<span class="actions">${list.map(link(of))}</span>`);
  return html`<dl>
    ${state && fact('State', html`<${Badge} tone=${state[0]}>${state[1]}<//>`)}
    <${LimitRows} of=${entity} calendar=${entity} />
    ${named.map(([one, of]) => html`<${LimitRows} key=${one} name=${` for ${one}`} of=${of} calendar=${entity} />`)}
    ${[user, team, customer].map((of) => of && html`<${LimitRows} key=${of.id} name=${` of ${of.name}`} of=${of} />`)}
    ${links('Customer', 'customer', customer && [customer])} ${links('Team', 'team', team && [team])}
    ${links('User', 'user', user && [user])} ${links('Teams', 'team', entity.teams)}
    ${links('Users', 'user', users.value.value)} ${links('Keys', 'virtual_key', entity.virtual_keys)} ${texts}
    ${fact('Id', html`<span class="mono">${entity.id}</span>`)}
  </dl>`;
}
