import { textForPattern } from '../pattern-text.ts';

type Schema = Readonly<Record<string, unknown>>;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-15T09:30:00Z',
  date: '2026-01-15',
  time: '09:30:00Z',
  duration: 'PT1H',
  email: 'ada@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  uri: 'https://example.com/',
  url: 'https://example.com/',
};

/** The property's name as a word, made as long or as short as the bounds want it. */
function plain(name: string, least: number, most: number): string {
  const word = name === '' ? 'text' : name;
  const long = word.length >= least ? word : word.padEnd(least, ` ${word}`);
  return long.slice(0, most).toWellFormed();
}

/** Text that fits `format`, `pattern`, `minLength`, `maxLength`; without any of them the property's own name. */
export function stringForSchema(schema: Schema, name: string): string {
  const least = Number(schema['minLength'] ?? 0);
  const most = Number(schema['maxLength'] ?? Number.POSITIVE_INFINITY);
  const format = FORMATS[String(schema['format'])];
  if (format !== undefined) return format;
  const pattern = schema['pattern'];
  if (typeof pattern === 'string') return textForPattern(pattern, least) ?? plain(name, least, most);
  return plain(name, least, most);
}
