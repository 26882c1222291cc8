const LONGEST_TEXT = 512;
const DEEPEST = 12;

function shown(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    return value.length <= LONGEST_TEXT ? value : `${value.slice(0, LONGEST_TEXT)}… (${value.length} characters)`;
  }
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((one) => shown(one, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one, depth + 1)]));
}

/** A frame as the journal keeps it: the event, with long texts such as sound shortened. */
export function shownFrame(text: string): unknown {
  try {
    return shown(JSON.parse(text), 0);
  } catch {
    return shown(text, 0);
  }
}
