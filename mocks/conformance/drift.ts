import type { Shape } from './shape/shape.ts';
import { problemsOf } from './shape/shape.ts';

/** What a live answer has become since the mock was made like it. */
export interface Drift {
  /** Required fields that are missing or of another kind: the mock is wrong about something clients rely on. */
  readonly required: readonly string[];
  /** Fields of the live answer that the mock's does not have, with their kind. */
  readonly added: readonly string[];
  /** Fields of the mock's answer that the live one does not have. */
  readonly gone: readonly string[];
  /** Fields that both have, of different kinds. */
  readonly changed: readonly string[];
}

type Kinds = Map<string, Set<string>>;

/** Names under these are the caller's, or the content of an answer: they say nothing about shapes. */
const FREE = new Set(['metadata', 'schema', 'parameters', 'logit_bias']);

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function collect(value: unknown, path: string, into: Kinds): void {
  const kinds = into.get(path) ?? new Set();
  kinds.add(kindOf(value));
  into.set(path, kinds);
  if (Array.isArray(value)) for (const element of value) collect(element, `${path}[]`, into);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const place = path === '' ? name : `${path}.${name}`;
      if (FREE.has(name)) into.set(place, new Set([kindOf(inner)]));
      else collect(inner, place, into);
    }
  }
}

/** Kinds by path, of several values of one sort together: elements of an array count as one. */
function kindsOf(values: readonly unknown[]): Kinds {
  const kinds: Kinds = new Map();
  for (const value of values) collect(value, '', kinds);
  return kinds;
}

const hasNull = (kinds: ReadonlySet<string>): boolean => kinds.has('null');
const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].some((kind) => b.has(kind));
const described = (path: string, kinds: ReadonlySet<string>): string => `${path} (${[...kinds].join('|')})`;

/** Compares answers, or the events of streams, of a live provider with those of the mock. `shape` says what is required of each. */
export function driftOf(live: readonly unknown[], mock: readonly unknown[], shape: (value: unknown) => Shape): Drift {
  const required = live.flatMap((value) => problemsOf(value, shape(value)));
  const [there, here] = [kindsOf(live), kindsOf(mock)];
  // Below what is null, or an empty list, on one side nothing can be compared.
  const hidden = (path: string, kinds: Kinds): boolean =>
    [...kinds].some(
      ([other, found]) => (hasNull(found) || found.has('array')) && path.startsWith(other) && path !== other,
    );
  const added = [...there].filter(([path]) => !here.has(path) && !hidden(path, here));
  const gone = [...here].filter(([path]) => !there.has(path) && !hidden(path, there));
  const changed = [...there].filter(([path, kinds]) => {
    const mine = here.get(path);
    return mine !== undefined && !shared(kinds, mine) && !hasNull(kinds) && !hasNull(mine);
  });
  return {
    required: [...new Set(required)],
    added: added.map(([path, kinds]) => described(path, kinds)),
    gone: gone.map(([path, kinds]) => described(path, kinds)),
    changed: changed.map(
      ([path, kinds]) => `${described(path, kinds)}, the mock has ${[...(here.get(path) ?? [])].join('|')}`,
    ),
  };
}

/** A sentence a difference. */
export function driftLines({ required, added, gone, changed }: Drift): readonly string[] {
  return [
    ...required.map((problem) => `required: ${problem}`),
    ...changed.map((field) => `changed: ${field}`),
    ...added.map((field) => `added: ${field}`),
    ...gone.map((field) => `gone: ${field}`),
  ];
}
