import type { EitherRule, MapRule, NumberRule, ObjectRule, Rule, TaggedRule, TextRule } from '../../strictness/rule.ts';

function textSamples({ values, least = 1, most = Infinity }: TextRule): readonly unknown[] {
  if (values !== undefined) return values;
  const length = Math.min(Math.max(least, 5), most);
  return ['alpha', 'bravo'].map((word) => word.padEnd(length, 'x').slice(0, length));
}

function numberSamples({ integer, least = 0, most = least + 10 }: NumberRule): readonly unknown[] {
  const span = most - least;
  // Not the bounds: they are the defaults more often than what lies between.
  const values = [least + span / 4, least + span / 2];
  const rounded = integer ? values.map((value, index) => Math.min(most, Math.floor(value) + index)) : values;
  return [...new Set(rounded)];
}

function objectSamples({ fields, required }: ObjectRule, fixed: Readonly<Record<string, unknown>>): readonly unknown[] {
  const needed = required.filter((name) => !(name in fixed));
  const base: Record<string, unknown> = { ...fixed };
  for (const name of needed) {
    const rule = fields[name];
    base[name] = rule === undefined ? 'alpha' : samples(rule)[0];
  }
  const varied = Object.entries(fields)
    .filter(([name]) => !(name in fixed))
    .flatMap(([name, rule]) => {
      const [first, second] = samples(rule);
      return second === undefined
        ? []
        : [
            { ...base, [name]: first },
            { ...base, [name]: second },
          ];
    });
  return varied.length >= 2 ? varied.slice(0, 2) : [base];
}

function mapSamples({ of }: MapRule): readonly unknown[] {
  const [value = 'alpha'] = samples(of);
  return [{ one: value }, { two: value }];
}

function eitherSamples({ text, number, list, object }: EitherRule): readonly unknown[] {
  const chosen = text ?? number ?? list ?? object;
  return chosen === undefined ? [] : samples(chosen);
}

function taggedSamples({ by, of }: TaggedRule): readonly unknown[] {
  return Object.entries(of).flatMap(([tag, rule]) => objectSamples(rule, { [by]: tag }).slice(0, 1));
}

/** A row a kind of rule. */
const SAMPLERS: { readonly [K in Rule['kind']]: (rule: Extract<Rule, { kind: K }>) => readonly unknown[] } = {
  text: textSamples,
  number: numberSamples,
  flag: () => [true, false],
  any: () => ['alpha', 'bravo'],
  object: (rule) => objectSamples(rule, {}),
  list: ({ of }) => samples(of).map((value) => [value]),
  map: mapSamples,
  either: eitherSamples,
  tagged: taggedSamples,
  nullable: ({ rule }) => samples(rule),
  levels: ({ openai }) => samples(openai),
};

/** Values that fit a rule and differ from one another; at least two where there are two. */
export function samples(rule: Rule): readonly unknown[] {
  const sampler = SAMPLERS[rule.kind] as (rule: Rule) => readonly unknown[];
  return sampler(rule);
}
