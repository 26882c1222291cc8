/** What a client could forge a line or steer a terminal with. */
const NEEDS_QUOTES = /[\s"\p{Cc}]/u;
const ESCAPES = /[^\P{Cc}\n]/u;

const HIDDEN = new Set(['time', 'level', 'msg']);

function fieldText(name: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([inner, innerValue]) => fieldText(`${name}.${inner}`, innerValue));
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const plain = name.endsWith('.stack') ? !ESCAPES.test(text) : !NEEDS_QUOTES.test(text);
  return [`${name}=${plain ? text : JSON.stringify(text)}`];
}

/** Makes `12:00:01.123 INFO  request id=… model=…` of a JSON log line; a stack keeps its lines. */
export function formatText(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown> & { msg?: string };
  const time = String(record['time']).slice(11, 23);
  const level = String(record['level']).toUpperCase().padEnd(5);
  const fields = Object.entries(record).flatMap(([name, value]) => (HIDDEN.has(name) ? [] : fieldText(name, value)));
  return `${[time, level, record.msg ?? '', ...fields].join(' ')}\n`;
}
