/** `Please retry in 48.9s`, `Please try again in 1m26.4s`, `retry after 24 seconds`: when no header says it. */
const WAIT =
  /\b(?:retry|try again) (?:in|after) (?:(\d{1,4})m(?=\d))?(\d{1,6}(?:\.\d{1,9})?) ?(ms|milliseconds?|s|seconds?|m|minutes?)\b/i;

const UNITS: Readonly<Record<string, number>> = { ms: 1, mi: 60_000, m: 60_000, s: 1_000, se: 1_000 };

/** Milliseconds that the message of an error asks the client to wait; undefined when it names no time. */
export function waitIn(message: string): number | undefined {
  const match = WAIT.exec(message);
  if (match === null) return undefined;
  const [, minutes = '0', amount = '0', unit = 's'] = match;
  const name = unit.toLowerCase();
  const factor = name.startsWith('milli') ? 1 : (UNITS[name.slice(0, 2)] ?? UNITS[name.slice(0, 1)] ?? 1_000);
  return Number(minutes) * 60_000 + Number(amount) * factor;
}
