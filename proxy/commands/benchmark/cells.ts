import { usdText, type NanoUsd } from '../../core/money.ts';
import { cellText } from '../text-table.ts';
import type { Spread, Summary } from './statistics.ts';

/** What stands in a table where a thing is not known. */
export const UNKNOWN = 'N/A';

export function timeCell(seconds: number | undefined): string {
  return seconds === undefined ? '-' : `${seconds.toFixed(3)} s`;
}

export function costCell(amount: NanoUsd | null): string {
  return amount === null ? UNKNOWN : `$${usdText(amount)}`;
}

export function tokensCell(tokens: number | null): string {
  return tokens === null ? UNKNOWN : String(Math.round(tokens * 10) / 10);
}

/** Of a model that gave no answer at all there is nothing to know. */
export function answered(summary: Summary, cell: (summary: Summary & { readonly time: Spread }) => string): string {
  return summary.time === undefined ? '-' : cell({ ...summary, time: summary.time });
}

const PREVIEW = 100;

/** In one line, without what moves the cursor of a terminal. */
export function previewCell(text: string): string {
  const line = cellText(text.replaceAll(/\s+/g, ' ').trim());
  return Array.from(line).slice(0, PREVIEW).join('');
}

export function previewOf({ time, preview }: Summary): string {
  const text = previewCell(preview);
  return time === undefined ? `failed: ${text}` : text === '' ? '(no text)' : text;
}
