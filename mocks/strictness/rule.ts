/** What a value must be. Plain data, made by the functions below; {@link findViolation} walks it beside a value. */
export type Rule =
  | TextRule
  | NumberRule
  | { readonly kind: 'flag' }
  | { readonly kind: 'any' }
  | ObjectRule
  | ListRule
  | MapRule
  | EitherRule
  | TaggedRule
  | { readonly kind: 'nullable'; readonly rule: Rule }
  | { readonly kind: 'levels'; readonly spec: Rule; readonly openai: Rule };

export interface TextRule {
  readonly kind: 'text';
  readonly values?: readonly string[] | undefined;
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  /** Source of a regular expression, shown in the error. */
  readonly pattern?: string | undefined;
}

export interface NumberRule {
  readonly kind: 'number';
  readonly integer: boolean;
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

export interface ObjectRule {
  readonly kind: 'object';
  readonly fields: Readonly<Record<string, Rule>>;
  readonly required: readonly string[];
  /** `closed`: other fields are refused at both levels; `known`: at `openai` alone; `open`: never. */
  readonly others: 'closed' | 'known' | 'open';
}

export interface ListRule {
  readonly kind: 'list';
  readonly of: Rule;
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

/** An object whose names are the caller's. */
export interface MapRule {
  readonly kind: 'map';
  readonly of: Rule;
  readonly most?: number | undefined;
  readonly longestName?: number | undefined;
}

/** The rule for the kind of JSON value that came. */
export interface EitherRule {
  readonly kind: 'either';
  readonly text?: Rule;
  readonly number?: Rule;
  readonly list?: Rule;
  readonly object?: Rule;
}

/** Objects told apart by one field. */
export interface TaggedRule {
  readonly kind: 'tagged';
  readonly by: string;
  readonly of: Readonly<Record<string, ObjectRule>>;
  /** The tag of an object that has none; undefined: the tag is required. */
  readonly untagged?: ((value: Readonly<Record<string, unknown>>) => string) | undefined;
}

export const flag: Rule = { kind: 'flag' };
export const anything: Rule = { kind: 'any' };

export function text(bounds: Omit<TextRule, 'kind'> = {}): TextRule {
  return { kind: 'text', ...bounds };
}

export function oneOf(...values: readonly string[]): TextRule {
  return { kind: 'text', values };
}

export function integer(least?: number, most?: number): NumberRule {
  return { kind: 'number', integer: true, least, most };
}

export function decimal(least?: number, most?: number): NumberRule {
  return { kind: 'number', integer: false, least, most };
}

export function object(
  fields: Readonly<Record<string, Rule>>,
  required: readonly string[] = [],
  others: ObjectRule['others'] = 'known',
): ObjectRule {
  return { kind: 'object', fields, required, others };
}

export function list(of: Rule, bounds: Pick<ListRule, 'least' | 'most'> = {}): ListRule {
  return { kind: 'list', of, ...bounds };
}

export function map(of: Rule, bounds: Pick<MapRule, 'most' | 'longestName'> = {}): MapRule {
  return { kind: 'map', of, ...bounds };
}

export function either(rules: Omit<EitherRule, 'kind'>): EitherRule {
  return { kind: 'either', ...rules };
}

export function tagged(by: string, of: TaggedRule['of'], untagged?: TaggedRule['untagged']): TaggedRule {
  return { kind: 'tagged', by, of, untagged };
}

export function nullable(rule: Rule): Rule {
  return { kind: 'nullable', rule };
}

/** The specification says less than the provider checks. */
export function levels(spec: Rule, openai: Rule): Rule {
  return { kind: 'levels', spec, openai };
}
