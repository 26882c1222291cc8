import { useSignal } from '@preact/signals';
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

/** An entity by what it is and its id. */
export interface Place {
  readonly kind: Kind;
  readonly id: string;
}

/** What something new belongs to. */
export type Owner = Place & { readonly name: string };

interface EntityFormProps {
  readonly kind: Kind;
  /** The entity to be changed; left out = a new one. */
  readonly entity?: Entity;
  readonly owner?: Owner | undefined;
  readonly onDone: (entity: Entity) => void;
}

export function EntityForm({ kind, entity, owner, onDone }: EntityFormProps): VNode {
  const { word } = KINDS[kind];
  const send = async (texts: Texts): Promise<void> => {
    const body = bodyOf(kind, texts, entity);
    const owned = owner && { [`${owner.kind}_id`]: owner.id };
    onDone(await (entity ? keysApi.change(kind, entity.id, body) : keysApi.create(kind, { ...body, ...owned })));
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
  return html`<${Form}
    label=${entity ? `Change ${word}` : `New ${word}`}
    submit=${entity ? 'Save' : 'Create'}
    onSubmit=${send}
  >
    ${fields}
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
const GRACES = [
  ['0', 'ends at once'],
  ['1h', 'goes on for an hour'],
  ['24h', 'goes on for a day'],
  ['7d', 'goes on for a week'],
] as const;

interface DetailProps extends Place {
  readonly onOpen: (place: Place | null) => void;
  readonly onSecret: (key: Entity) => void;
  readonly onNew: (kind: Kind, owner: Owner) => void;
  readonly onChanged: () => void;
}

/** One entity: what it has used, what hangs on it, and what can be done with it. */
export function Detail({ kind, id, onOpen, onSecret, onNew, onChanged }: DetailProps): VNode {
  const { value, fault, again } = useLoaded(() => keysApi.read(kind, id), 5_000);
  const isEditing = useSignal(false);
  const entity = value.value;
  if (!entity) return html`<${Notice} tone=${fault.value ? 'bad' : 'plain'}>${fault.value ?? 'Loading …'}<//>`;
  const { word } = KINDS[kind];
  const changed = async (): Promise<void> => {
    isEditing.value = false;
    onChanged();
    await again();
  };
  const remove = async (): Promise<void> => {
    await keysApi.remove(kind, id);
    onChanged();
    onOpen(null);
  };
  const rotated = (key: Entity): Promise<void> => {
    onSecret(key);
    return changed();
  };
  const title = `${word[0]?.toUpperCase()}${word.slice(1)} ${entity.name}`;
  return html`<${Section}
    title=${title}
    actions=${html`
      <button type="button" aria-expanded=${isEditing.value} onClick=${() => (isEditing.value = !isEditing.value)}>
        Edit
      </button>
      ${entity.is_active === undefined ? null : html`<${BlockAction} kind=${kind} entity=${entity} onDone=${changed} />`}
      ${
        kind === 'virtual_key'
          ? html`<${Action}
              confirm="What it has used becomes zero: yes"
              onClick=${() => keysApi.resetUsage(id).then(changed)}
              >Reset usage<//
            >`
          : null
      }
      <${Action} tone="bad" confirm="Delete it for good" onClick=${remove}>Delete<//>
      <button type="button" onClick=${() => onOpen(null)}>Close</button>
    `}
  >
    ${
      isEditing.value
        ? html`<${EntityForm} kind=${kind} entity=${entity} onDone=${changed} />`
        : html`<${Facts} kind=${kind} entity=${entity} onOpen=${onOpen} />`
    }
    ${kind === 'virtual_key' ? html`<${Rotation} id=${id} onDone=${rotated} />` : null}
    <div class="actions">
      ${BELOW[kind].map(
        (one) =>
          html`<button key=${one} type="button" onClick=${() => onNew(one, { kind, id, name: entity.name })}>
            New ${KINDS[one].word} here
          </button>`,
      )}
    </div>
  <//>`;
}

function BlockAction({ kind, entity, onDone }: { kind: Kind; entity: Entity; onDone: () => Promise<void> }): VNode {
  const set = (is_active: boolean) => (): Promise<void> => keysApi.change(kind, entity.id, { is_active }).then(() => onDone());
  return entity.is_active
    ? html`<${Action} tone="bad" confirm="Refuse its requests from now on" onClick=${set(false)}>Block<//>`
    : html`<${Action} onClick=${set(true)}>Unblock<//>`;
}

function Rotation({ id, onDone }: { id: string; onDone: (key: Entity) => Promise<void> }): VNode {
  const rotate = async ({ grace = '0' }: Texts): Promise<void> => onDone(await keysApi.rotate(id, grace));
  return html`<${Form} label="Rotate" submit="Rotate" onSubmit=${rotate}>
    <${Choice} label="The value until now" name="grace" value="24h" options=${GRACES} />
  <//>`;
}

const SHOWN = ['description', 'external_id', 'plan', 'max_concurrency', 'allowed_models', 'allowed_providers'];
const SHOWN_TIMES = ['expires_at', 'trial_ends_at', 'created_at'];

/** Limits of the entity and of what it belongs to, then what else it says, and what it belongs to or has. */
function Facts({ kind, entity, onOpen }: { kind: Kind; entity: Entity; onOpen: (place: Place) => void }): VNode {
  const { team, user, customer, teams, virtual_keys: keys } = entity;
  const hasUsers = kind === 'team' || kind === 'customer';
  const users = useLoaded(async () => (hasUsers ? (await keysApi.list('user', { [`${kind}_id`]: entity.id, limit: '100' })).entities : []));
  const state = stateOf(entity);
  const named = Object.entries({ ...entity.model_limits, ...entity.provider_limits });
  const texts = [...SHOWN, ...SHOWN_TIMES].flatMap((member) => {
    const value = memberOf(entity, member)?.toString() ?? '';
    if (value === '') return [];
    const text = SHOWN_TIMES.includes(member) ? moment(value) : value;
    const title = member.replaceAll('_', ' ');
    return [
      html`<dt>${title[0]?.toUpperCase()}${title.slice(1)}</dt>
        <dd>${text}</dd>`,
    ];
  });
  const links = (title: string, of: Kind, list: readonly (Entity | null | undefined)[] | null | undefined) => {
    const known = (list ?? []).flatMap((one) => one ?? []);
    if (known.length === 0) return null;
    const shown = known.map(
      ({ id, name }) => html`<button key=${id} type="button" class="link" onClick=${() => onOpen({ kind: of, id })}>${name}</button>`,
    );
    return html`<dt>${title}</dt>
      <dd class="actions">${shown}</dd>`;
  };
  return html`<dl>
    ${
      state &&
      html`<dt>State</dt>
        <dd><${Badge} tone=${state[0]}>${state[1]}<//></dd>`
    }
    <${LimitRows} of=${entity} calendar=${entity} />
    ${named.map(([one, of]) => html`<${LimitRows} key=${one} name=${` for ${one}`} of=${of} calendar=${entity} />`)}
    ${[user, team, customer].map((of) => of && html`<${LimitRows} key=${of.id} name=${` of ${of.name}`} of=${of} />`)}
    ${links('Customer', 'customer', [customer])}${links('Team', 'team', [team])}${links('User', 'user', [user])}
    ${links('Teams', 'team', teams)}${links('Users', 'user', users.value.value)}${links('Keys', 'virtual_key', keys)}
    ${texts}
    <dt>Id</dt>
    <dd class="mono">${entity.id}</dd>
  </dl>`;
}
