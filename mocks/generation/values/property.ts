import { conceptOf } from '../question/concepts.ts';
import { identifierWords, isStopWord, wordsIn } from '../question/words.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** What a value stands for, as far as its name and format say. */
export type Kind =
  | 'email'
  | 'url'
  | 'date'
  | 'time'
  | 'moment'
  | 'origin'
  | 'place'
  | 'person'
  | 'expression'
  | 'code'
  | 'identifier'
  | 'language'
  | 'currency'
  | 'answer'
  | 'request'
  | 'title'
  | 'other';

/** A value that is wanted: where it stands in a schema, and the words that speak of it. */
export interface Property {
  readonly name: string;
  /** Lowercase words of the name. */
  readonly words: readonly string[];
  /** How much each concept of a text speaks of it. */
  readonly concepts: ReadonlyMap<string, number>;
  readonly kind: Kind;
  readonly schema: Schema;
}

const DESCRIPTION_CHARACTERS = 600;
/** Words of names that say nothing of their own. */
const GENERIC = new Set([
  'name',
  'value',
  'number',
  'num',
  'input',
  'param',
  'arg',
  'data',
  'of',
  'the',
  'a',
  'b',
  'x',
  'y',
  'is',
  'has',
  'id',
  'to',
  'from',
  'in',
  'at',
]);

const FORMAT_KINDS: Readonly<Record<string, Kind>> = {
  email: 'email',
  'idn-email': 'email',
  uri: 'url',
  url: 'url',
  'uri-reference': 'url',
  iri: 'url',
  date: 'date',
  time: 'time',
  'date-time': 'moment',
  uuid: 'identifier',
};

/** The first line whose words have one of the name's last words, or all of it, decides. */
const WORD_KINDS: readonly (readonly [kind: Kind, words: string])[] = [
  ['email', 'email mail'],
  ['url', 'url uri link website webpage href'],
  ['date', 'when date day birthday deadline dob checkin checkout departure_date'],
  ['time', 'time'],
  ['origin', 'origin source from departure start'],
  [
    'place',
    'city location place country town destination region state area address airport capital where to venue to_city',
  ],
  [
    'person',
    'person recipient assignee attendee author customer passenger guest contact participant participants attendees people employee patient owner user username firstname lastname fullname',
  ],
  ['expression', 'expression formula equation calculation'],
  ['code', 'code script program snippet'],
  ['identifier', 'id ids identifier reference ref sku symbol ticker tracking isbn uuid key order ticket invoice'],
  ['language', 'language lang locale'],
  ['currency', 'currency currencies'],
  ['answer', 'answer response result output reply conclusion solution final'],
  [
    'request',
    'query question q search keywords keyword topic prompt input task text message content body instruction instructions request subject search_term term phrase sentence description context reason thought summary',
  ],
  ['title', 'title name label heading project event'],
];

const KINDS: ReadonlyMap<string, Kind> = new Map(
  WORD_KINDS.toReversed().flatMap(([kind, words]) => words.split(' ').map((word) => [word, kind] as const)),
);

function kindOf(words: readonly string[], schema: Schema): Kind {
  const format = FORMAT_KINDS[String(schema['format'])];
  if (format !== undefined) return format;
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  const kind = KINDS.get(last) ?? 'other';
  // `city_name` is a city, `user_id` an identifier, `customer_name` a person.
  if (kind === 'title' && before !== '') {
    const owner = KINDS.get(before);
    if (owner === 'place' || owner === 'origin' || owner === 'person') return owner;
    return /^(?:first|last|full|given|family|nick|display)$/.test(before) ? 'person' : kind;
  }
  if (last === 'code' && KINDS.get(before) === 'place') return 'identifier';
  if (/^(?:code|number|no)$/.test(last) && words.length > 1) return 'identifier';
  return kind;
}

/** Words that stand for a property beside its own. */
const HINTS: Readonly<Record<string, string>> = {
  age: 'years old aged',
  temperature: 'degrees °',
  price: '$ € £ dollars euros',
  amount: '$ € £ dollars euros',
  cost: '$ € £ dollars euros',
  budget: '$ € £ dollars euros',
  salary: '$ € £ dollars euros',
  total: '$ € £',
  percentage: '%',
  percent: '%',
  discount: '%',
  tip: '%',
  rate: '%',
  interest: '%',
  distance: 'km miles kilometers meters',
  weight: 'kg pounds kilograms grams',
  height: 'cm feet meters tall',
  quantity: 'copies items units pieces tickets boxes',
  count: 'copies items units pieces times',
  guests: 'people persons guest person',
  people: 'persons person guests',
  party: 'people persons guests',
  passengers: 'people persons travelers',
  limit: 'top first results',
  k: 'top first results',
  results: 'top first',
  sides: 'sided',
  adults: 'adult',
  children: 'child kids kid',
  duration: 'minutes hours days long',
};

export function propertyOf(name: string, schema: Schema): Property {
  const words = identifierWords(name);
  const concepts = new Map<string, number>();
  const put = (word: string, weight: number): void => {
    const concept = conceptOf(word);
    concepts.set(concept, Math.max(weight, concepts.get(concept) ?? 0));
  };
  const { description } = schema;
  if (typeof description === 'string') {
    for (const { lower } of wordsIn(description.slice(0, DESCRIPTION_CHARACTERS)))
      if (!isStopWord(lower) && !GENERIC.has(lower)) put(lower, 0.5);
  }
  for (const word of words) {
    for (const hint of HINTS[word]?.split(' ') ?? []) put(hint, 0.9);
    if (word.length > 1 && (!GENERIC.has(word) || words.length === 1)) put(word, 1);
  }
  return { name, words, concepts, kind: kindOf(words, schema), schema };
}
