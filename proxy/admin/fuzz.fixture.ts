import fc, { type Arbitrary } from 'fast-check';

export interface FuzzedMembers {
  /** Names of members that the routes know, and of what every object has. */
  readonly fields: readonly string[];
  /** Texts that rules treat in a way of their own. */
  readonly texts: readonly string[];
  /** Members that most bodies bring, so that more than the first rule is asked. */
  readonly usual: object;
  /** Most members beside the usual ones. */
  readonly most: number;
}

/** Values of every type, with members that routes know, as the bodies of requests. */
export function fuzzedBodies({ fields, texts, usual, most }: FuzzedMembers): Arbitrary<unknown> {
  const field = fc.constantFrom(...fields, '__proto__', 'constructor', 'toString', 'id');
  const leaf = fc.oneof(
    fc.constantFrom('', 'a', '\0', '\ud800', '9e99', ...texts),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'body' },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(field, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const whole = fc.dictionary(field, anything, { maxKeys: most }).map((given) => ({ ...usual, ...given }));
  return fc.oneof(anything, whole);
}

/** What clients may put into a path or a query. */
export const fuzzedSegment: Arbitrary<string> = fc.oneof(
  fc.constantFrom('%', '%00', '%E0%A4%A', '..', "' or 1=1 --", 'x'.repeat(5_000)),
  fc.string({ unit: 'binary', maxLength: 10 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

type Unreadable = readonly [what: string, sent: string, headers: Readonly<Record<string, string>>];

/** Bodies that cannot be read at all. */
export const UNREADABLE: readonly Unreadable[] = [
  ['no JSON', '{"name"', {}],
  ['no object', '"text"', {}],
  ['null', 'null', {}],
  ['deep nesting', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, {}],
  ['deep objects', `${'{"name":'.repeat(100_000)}1${'}'.repeat(100_000)}`, {}],
  ['an unknown encoding', '{}', { 'content-encoding': 'snappy' }],
  ['an unknown charset', '{}', { 'content-type': 'application/json; charset=klingon' }],
];
