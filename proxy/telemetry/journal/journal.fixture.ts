import type { ExchangeRecord } from '../exchange-record.ts';
import { ExchangeTrace } from '../exchange-trace.ts';
import { ManualClock } from '../../core/clock.ts';
import { ExchangeJournal, type JournalOptions } from './journal.ts';

/** A request that was answered by an endpoint. */
export function exchange(id: string, changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    id,
    method: 'POST',
    path: '/v1/chat/completions',
    operation: 'chat.completions',
    model: 'gpt-4o-mini',
    stream: false,
    endpoint: 'gpt-4o-mini/a',
    attempts: 1,
    cache: 'miss',
    status: 200,
    termination: { by: 'upstream', phase: 'done' },
    startedAt: 0,
    ms: 20,
    ...changes,
  };
}

/** A journal that keeps bodies, with `SECRET` taken out of them, unless `options` says otherwise. */
export function journalBench(options: Partial<JournalOptions> = {}) {
  const clock = new ManualClock();
  const journal = new ExchangeJournal({
    monotonic: () => clock.monotonic(),
    captures: () => true,
    clean: (text) => text.replaceAll('SECRET', '***'),
    ...options,
  });
  /** A traced exchange with these bodies, taken through the journal. */
  const run = (id: string, request: Buffer, answer: Buffer, changes: Partial<ExchangeRecord> = {}): ExchangeTrace => {
    const trace = new ExchangeTrace(clock, 0);
    journal.begun(trace);
    trace.noted?.bodies?.request.take(request);
    trace.noted?.head(['Content-Type', 'application/json', 'x-request-id', id]);
    trace.noted?.sent(answer);
    journal.exchange(exchange(id, changes), trace, []);
    return trace;
  };
  return { clock, journal, run };
}
