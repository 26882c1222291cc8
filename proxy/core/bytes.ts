const UNITS = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;
const SIZE = /^(\d+(?:\.\d+)?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)?$/;

/**
 * Reads `256MiB` (powers of 1024), `10MB` (powers of 1000) or a bare count of bytes.
 * Returns whole bytes, or undefined when the text is no size.
 */
export function parseBytes(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * UNITS[(match[2] ?? 'B') as keyof typeof UNITS];
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined;
}
