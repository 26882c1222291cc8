import { stemOf } from './words.ts';

/** Words that mean nearly the same where tools are chosen and texts are compared. */
const GROUPS = [
  'weather forecast temperature rain raining rainy sunny snow snowing windy humidity umbrella climate wetter météo tiempo clima',
  'add sum plus addition',
  'subtract minus subtraction',
  'multiply times multiplication multiplied product',
  'divide division divided quotient',
  'calculate calculator compute computation math maths mathematics arithmetic algebra geometry calculus equation evaluate calculation',
  'history historical historian ancient century war president king queen empire revolution',
  'email mail emails inbox',
  'search find lookup retrieve query browse google',
  'book reserve reservation booking',
  'flight fly airline plane airfare',
  'hotel accommodation lodging',
  'meeting appointment calendar schedule event',
  'price cost quote pricing expensive',
  'stock share ticker shares',
  'time clock hour',
  'translate translation translator',
  'convert conversion exchange',
  'currency dollar dollars euro euros usd eur gbp',
  'refund reimbursement reimburse',
  'billing invoice bill payment charge charged',
  'technical bug crash error broken',
  'sales sale sell',
  'order purchase',
  'delete remove erase',
  'cancel cancellation',
  'customer client user account',
  'distance far directions route kilometers miles',
  'restaurant dinner eat dining food',
  'news headline headlines',
  'dice die roll',
  'document doc docs documentation',
  'image picture photo drawing draw paint illustration',
  'reminder remind alarm timer',
  'car automobile vehicle',
  'doctor physician',
  'movie film cinema',
  'fast quick rapid speedy',
  'big large huge',
  'small little tiny',
  'error failure fault',
  'favorite favourite preferred',
  'color colour',
  'child children kid kids',
  'person people persons',
  'age old aged',
] as const;

const entries = (key: (word: string) => string): readonly (readonly [string, string])[] =>
  GROUPS.flatMap((group, at) => group.split(' ').map((word) => [key(word), `concept ${at}`] as const));

const BY_WORD: ReadonlyMap<string, string> = new Map(entries((word) => word));
const BY_STEM: ReadonlyMap<string, string> = new Map(entries(stemOf));

/** What a lowercase word stands for where near meanings count as equal: its group, else its stem. */
export function conceptOf(lower: string): string {
  const stem = stemOf(lower);
  return BY_WORD.get(lower) ?? BY_STEM.get(stem) ?? stem;
}
