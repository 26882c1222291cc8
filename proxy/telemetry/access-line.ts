import type { Redactor } from '../core/redact.ts';
import type { ExchangeRecord } from './exchange-record.ts';

const MICROSECONDS = 1_000;

function roundMs(ms: number): number {
  return Math.round(ms * MICROSECONDS) / MICROSECONDS;
}

/**
 * The fields of the one line that a request leaves in the log, as JSON members. Durations are milliseconds.
 *
 * There is a line a request, so it is put together from pieces: what a client or a configuration chose goes through the
 * redactor one by one, where names that come again are known already; the rest are numbers and words of our own tables.
 */
export function accessFields(record: ExchangeRecord, redactor: Redactor): string {
  const { path, model, endpoint, error, termination, ttftMs, tokens, key } = record;
  const mark = path.indexOf('?');
  let text = `"id":${redactor.clean(JSON.stringify(record.id))},"method":${redactor.quoted(record.method)}`;
  text += `,"path":${redactor.quoted(mark === -1 ? path : path.slice(0, mark))},"operation":"${record.operation}"`;
  // An id of ours, which gives nothing away.
  if (key !== undefined) text += `,"key":"${key}"`;
  if (model !== undefined) text += `,"model":${redactor.quoted(model)}`;
  text += `,"stream":${record.stream}`;
  if (endpoint !== undefined) text += `,"endpoint":${redactor.quoted(endpoint)}`;
  text += `,"attempts":${record.attempts},"cache":"${record.cache}","status":${record.status}`;
  if (record.hedged) text += ',"hedged":true';
  if (error !== undefined) text += `,"error":${redactor.quoted(error)}`;
  text += `,"termination":{"by":"${termination.by}","phase":"${termination.phase}"},"ms":${roundMs(record.ms)}`;
  if (ttftMs !== undefined) text += `,"ttft":${roundMs(ttftMs)}`;
  if (tokens === undefined) return text;
  const cached = tokens.cachedInput === undefined ? '' : `,"cached":${count(tokens.cachedInput)}`;
  return `${text},"tokens":{"input":${count(tokens.input)},"output":${count(tokens.output)}${cached}}`;
}

/** A provider may write a number that no double can hold: JSON has no word for the infinity that is read. */
function count(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}
