import { InvalidInput, booleanAt, integerAt, isObject, objectAt, optional, stringAt, stringsAt } from './check.ts';

/** What a rule can look at. */
export interface RequestFacts {
  /** Operation id such as `chat.completions`; `undefined` for an unknown route. */
  readonly operation: string | undefined;
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Lowercase names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The last user text, or instructions and input; asked for only when a rule looks at it. */
  readonly text: () => string;
}

/** Every field that is given must fit; an empty match fits every request. */
export interface Match {
  /** Contained in the last user text (or instructions + input), case ignored; or a regular expression on it. */
  readonly text?: string | RegExp | { readonly regex: string; readonly flags?: string };
  readonly model?: string;
  /** Operation id: `chat.completions`, `responses`, `embeddings` … */
  readonly operation?: string;
  readonly stream?: boolean;
  /** Header names (any case) and their exact values. */
  readonly header?: Readonly<Record<string, string>>;
}

export type Matcher = (facts: RequestFacts) => boolean;

const PATTERN_CHARACTERS = 1000;

function patternOf(value: unknown, field: string): RegExp {
  const fields = objectAt(value, field, ['regex', 'flags']);
  const source = stringAt(fields['regex'], `${field}.regex`);
  const flags = optional(fields['flags'], `${field}.flags`, stringAt) ?? '';
  if (source.length > PATTERN_CHARACTERS) {
    throw new InvalidInput(`${field}.regex`, `at most ${PATTERN_CHARACTERS} characters`, source);
  }
  try {
    // Without the flags that make a RegExp remember where it stopped: a rule is asked again and again.
    return new RegExp(source, flags.replaceAll(/[gy]/g, ''));
  } catch {
    throw new InvalidInput(`${field}.regex`, 'a regular expression', `/${source}/${flags}`);
  }
}

function textTest(value: unknown, field: string): Matcher {
  if (isObject(value)) {
    const pattern = patternOf(value, field);
    return (facts) => pattern.test(facts.text());
  }
  const part = stringAt(value, field).toLowerCase();
  return (facts) => facts.text().toLowerCase().includes(part);
}

function headerTest(value: unknown, field: string): Matcher {
  const wanted = Object.entries(stringsAt(value, field)).map(([name, text]) => [name.toLowerCase(), text] as const);
  return (facts) => wanted.every(([name, text]) => facts.headers[name] === text);
}

type TestFactory = (value: unknown, field: string) => Matcher;

/** One line a field of {@link Match}. */
const TESTS: Readonly<Record<keyof Match, TestFactory>> = {
  text: textTest,
  model: (value, field) => {
    const model = stringAt(value, field);
    return (facts) => facts.model === model;
  },
  operation: (value, field) => {
    const operation = stringAt(value, field);
    return (facts) => facts.operation === operation;
  },
  stream: (value, field) => {
    const stream = booleanAt(value, field);
    return (facts) => facts.stream === stream;
  },
  header: headerTest,
};

/** Cheap tests first: the text is only read when everything else fits. */
const ORDER: readonly (keyof Match)[] = ['operation', 'stream', 'model', 'header', 'text'];

export function parseMatch(value: unknown, field: string): Matcher {
  if (value === undefined) return () => true;
  const fields = objectAt(value, field, ORDER);
  const tests = ORDER.filter((name) => fields[name] !== undefined).map((name) =>
    TESTS[name](fields[name], `${field}.${name}`),
  );
  return (facts) => tests.every((test) => test(facts));
}

/** How often a rule may be used; `undefined` is without limit. */
export function parseTimes(value: unknown, field: string): number | undefined {
  return optional(value, field, (times, at) => integerAt(times, at, 1));
}
