import { amountOf, usdOf, type Entity, type Kind } from '../../api/governance.ts';

export type Texts = Readonly<Record<string, string>>;

export interface EntityField {
  /** Member of the entity; with a point, member of its budget or its rate limit. */
  readonly name: string;
  readonly label: string;
  readonly kinds: readonly Kind[];
  readonly form?: 'list' | 'number' | 'usd' | 'date';
  readonly options?: readonly (readonly [value: string, text: string])[];
  /** Where there is nothing yet. */
  readonly preset?: string;
}

const ALL: readonly Kind[] = ['virtual_key', 'user', 'team', 'customer'];
const LIMITED: readonly Kind[] = ['virtual_key', 'user'];
const KEY: readonly Kind[] = ['virtual_key'];

const CALENDARS = ['', 'day', 'week', 'month'].map((one) => [one, one === '' ? 'no' : one] as const);

/** What forms show of an entity. Limits by model or provider, and aliases, are for the API. */
const FIELDS: readonly EntityField[] = [
  { name: 'name', label: 'Name', kinds: ALL },
  { name: 'description', label: 'What it is for', kinds: KEY },
  { name: 'external_id', label: 'External id', kinds: ['user'] },
  { name: 'plan', label: 'Plan', kinds: ['customer'] },
  { name: 'trial_ends_at', label: 'Trial ends', kinds: ['customer'], form: 'date' },
  { name: 'budget.max_limit', label: 'Budget in US dollars', kinds: ALL, form: 'usd' },
  { name: 'budget.reset_duration', label: 'Budget anew each (1d, 1w, 1M)', kinds: ALL, preset: '1M' },
  { name: 'calendar', label: 'Budget by calendar', kinds: KEY, options: CALENDARS },
  { name: 'time_zone', label: 'Time zone of the calendar', kinds: KEY },
  { name: 'rate_limit.request_max_limit', label: 'Requests', kinds: LIMITED, form: 'number' },
  { name: 'rate_limit.request_reset_duration', label: 'Requests anew each (1m, 1h)', kinds: LIMITED, preset: '1m' },
  { name: 'rate_limit.token_max_limit', label: 'Tokens', kinds: LIMITED, form: 'number' },
  { name: 'rate_limit.token_reset_duration', label: 'Tokens anew each (1m, 1h)', kinds: LIMITED, preset: '1m' },
  { name: 'max_concurrency', label: 'Requests at once', kinds: KEY, form: 'number' },
  { name: 'allowed_models', label: 'Models, with commas (empty = all)', kinds: KEY, form: 'list' },
  { name: 'allowed_providers', label: 'Providers (empty = all)', kinds: KEY, form: 'list' },
  { name: 'expires_at', label: 'Expires after (UTC)', kinds: KEY, form: 'date' },
];

export function fieldsOf(kind: Kind): readonly EntityField[] {
  return FIELDS.filter(({ kinds }) => kinds.includes(kind));
}

type Value = string | number | readonly string[] | null | undefined;

/** A member by its name; with a point, a member of its budget or its rate limit. */
export function memberOf(entity: Entity | undefined, name: string): Value {
  const [first = '', second] = name.split('.');
  const outer = (entity as unknown as Record<string, Value> | undefined)?.[first];
  return second === undefined ? outer : (outer as unknown as Record<string, Value> | null | undefined)?.[second];
}

/** What the form shows of an entity. */
export function textOf({ name, form, preset = '' }: EntityField, entity: Entity | undefined): string {
  const value = memberOf(entity, name);
  if (value == null) return preset;
  if (form === 'usd') return String(usdOf(Number(value)));
  if (form === 'date') return String(value).slice(0, 10);
  return typeof value === 'object' ? value.join(', ') : String(value);
}

/**
 * The body that makes of `before` (undefined = nothing) what the form says. It holds what is changed: a limit whole, null where nothing is left of
 * it. Throws where a number is none.
 */
export function bodyOf(kind: Kind, texts: Texts, before?: Entity): object {
  const textAt = (name: string): string => (texts[name] ?? '').trim();
  const members = Object.groupBy(fieldsOf(kind), ({ name }) => name.split('.')[0] ?? '');
  const changed = Object.entries(members).filter(([, fields = []]) => fields.some((field) => textAt(field.name) !== textOf(field, before)));
  const values = changed.map(([member, fields = []]) => {
    const entries = fields.map((field) => {
      // A window without its limit is nothing.
      const isThere = textAt(field.name.replace('reset_duration', 'max_limit')) !== '';
      return [field.name.slice(member.length + 1), isThere ? valueOf(field, textAt(field.name)) : null] as const;
    });
    if (entries.every(([, value]) => value === null)) return [member, null] as const;
    return [member, fields[0]?.name === member ? entries[0]?.[1] : Object.fromEntries(entries)] as const;
  });
  return Object.fromEntries(values);
}

function valueOf({ label, form }: EntityField, text: string): unknown {
  if (text === '') return null;
  if (form === 'list') return text.split(',').flatMap((one) => one.trim() || []);
  if (form === 'date') return `${text}T23:59:59Z`;
  if (form === undefined) return text;
  const number = Number(text);
  if (!Number.isFinite(number)) throw new Error(`${label}: ${JSON.stringify(text)} is not a number.`);
  return form === 'usd' ? amountOf(number) : number;
}
