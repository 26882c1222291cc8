import type { ProviderError } from '../../dialects/errors.ts';
import { providerError } from '../../dialects/index.ts';
import { OPENAI } from '../../dialects/openai-family.ts';
import type { JournalRecord } from '../../journal/record.ts';
import type { Fault } from '../../rules/fault.ts';
import { FAULTS_BY_NAME } from '../../rules/faults/catalogue.ts';
import type { NamedFault } from '../../rules/faults/named.ts';
import type { AskedTurn, Failure, Turn } from '../../sockets/host.ts';
import type { Delivery } from '../delivery.ts';
import { factsOf } from '../facts.ts';
import { applyFault } from '../faults/index.ts';
import { Pacer } from '../pacer.ts';
import { askRules } from '../rule-verdict.ts';
import type { RuleVerdict } from '../rule-verdict.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';

/** Journal entries of what is asked over a socket have this in place of a method. */
export const FRAME_METHOD = 'WS';

/** What a fault makes of an answer that is told in frames. */
export interface FrameFault {
  readonly failure?: Failure | undefined;
  readonly delayMs?: number | undefined;
  /** Met while frames are sent. */
  readonly armed?: NamedFault | undefined;
  /** Name for the journal; undefined: there is nothing that it could spoil. */
  readonly played?: string | undefined;
}

function websocketFault(name: 'ws-drop' | 'ws-stall', after = 0): NamedFault {
  return { kind: 'named', name, parameters: { after } };
}

function errorOf(delivery: Delivery): Failure | undefined {
  const status = delivery.head?.status ?? 0;
  if (status < 400) return undefined;
  const body = [...delivery.events].map(({ bytes }) => bytes).join('');
  const headers = Object.fromEntries(delivery.head?.headers ?? []);
  try {
    const { error } = JSON.parse(body) as { readonly error: ProviderError };
    return { status, error: { ...providerError(status), ...error }, headers };
  } catch {
    // A page of some gateway: what is between has no frames for it.
    return { status, error: providerError(status), headers };
  }
}

/** What an HTTP fault means for a connection that has no HTTP any more: its error, its delay, its silence or its end. */
function translated(fault: Fault, connection: Connection): FrameFault {
  const { tenantState } = connection;
  const nothing: Delivery = { delayMs: 0, head: { status: 200, headers: [] }, events: [], ending: 'finish' };
  const { delivery, played } = applyFault(fault, {
    normal: () => nothing,
    context: tenantState.contextFor(connection.port),
    family: OPENAI,
    operation: connection.operation,
    path: connection.path,
    reused: () => false,
    refuse: connection.refuse,
  });
  const after = fault.kind === 'cut' || fault.kind === 'hang' ? fault.afterEvents : undefined;
  const failure = errorOf(delivery);
  if (failure !== undefined) return { failure, delayMs: delivery.delayMs, played };
  if (delivery.ending === 'hang') return { armed: websocketFault('ws-stall', after), played };
  if (delivery.ending === 'cut' || (delivery.wire !== undefined && delivery.wire.ending !== 'hang')) {
    return { armed: websocketFault('ws-drop', after), played };
  }
  return delivery.delayMs > 0 ? { delayMs: delivery.delayMs, played } : {};
}

export function frameFault(fault: Fault | undefined, connection: Connection): FrameFault {
  if (fault === undefined) return {};
  if (fault.kind === 'error-first') {
    const failure = { status: 500, error: { ...providerError(500), ...withoutNull(fault.error ?? {}) } };
    return { failure, played: fault.kind };
  }
  if (fault.kind === 'named' && FAULTS_BY_NAME.get(fault.name)?.answers === 'frames') {
    return { armed: fault, played: fault.name };
  }
  return translated(fault, connection);
}

function withoutNull(fields: object): Partial<ProviderError> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}

function failureOf({ directive }: RuleVerdict): Failure | undefined {
  const { error } = directive;
  if (error === undefined) return undefined;
  const { status, message, type, code, param, headers } = error;
  const usual = providerError(status, typeof code === 'string' ? code : undefined);
  const said = {
    message: message ?? usual.message,
    type: type ?? usual.type,
    code: code === undefined ? usual.code : code,
    param: param === undefined ? usual.param : param,
  };
  return { status, error: said, headers };
}

/** The journal entry of something that was asked in a frame. */
export function openRecord(connection: Connection, { operation, body }: AskedTurn): JournalRecord {
  const { tenantState, path, query, headers, port, ordinal } = connection;
  const arrival = {
    at: tenantState.clock.now(),
    method: FRAME_METHOD,
    path,
    query,
    headers,
    port,
    connection: ordinal,
  };
  const record = tenantState.journal.open(arrival);
  tenantState.journal.keepBody(record, Buffer.from(JSON.stringify(body)));
  record.operation = operation;
  record.model = typeof body['model'] === 'string' ? body['model'] : undefined;
  record.stream = true;
  return record;
}

/** Notes an answer in its journal entry while its frames are sent. */
export function noted(
  record: JournalRecord,
  channel: Channel,
  connection: Connection,
): Pick<Turn, 'send' | 'bill' | 'end'> {
  const { delivered } = record;
  const { clock } = connection.tenantState;
  return {
    send(text, tokens) {
      delivered.status ??= 200;
      delivered.firstByteAt ??= clock.now();
      delivered.bytesOut += Buffer.byteLength(text);
      delivered.eventsOut += 1;
      delivered.tokensOut += tokens;
      channel.send(text, tokens);
    },
    bill(usage) {
      delivered.usage = usage;
    },
    end(whole) {
      if (delivered.endedAt !== undefined) return;
      delivered.whole = whole;
      delivered.endedAt = clock.now();
      if (!whole) delivered.abortedAt = delivered.endedAt;
    },
  };
}

/** Rules of other operations do not answer a transcription: only a rule of a script that names it does. */
const ASKED_BY_NAME = new Set(['realtime.transcription']);

/** Asks rules and faults about one answer, and opens its journal entry. */
export function beginTurn(asked: AskedTurn, connection: Connection, channel: Channel): Turn {
  const { tenantState, headers, query, port } = connection;
  const record = openRecord(connection, asked);
  const { operation, body } = asked;
  const facts = factsOf({ operation, headers, query: new URLSearchParams(query), body: { ...body, stream: true } });
  const fault = tenantState.faults.take(facts);
  const verdict = askRules(tenantState, { ...facts, generates: !ASKED_BY_NAME.has(operation) });
  record.rule = verdict?.rule;
  const met = frameFault(fault ?? verdict?.directive.fault, connection);
  record.fault = met.played;
  const { armed } = met;
  const failure = met.failure ?? (verdict && failureOf(verdict));
  if (failure !== undefined) record.delivered.status = failure.status;
  if (armed !== undefined) channel.arm(armed);
  const note = noted(record, channel, connection);
  return {
    context: tenantState.contextFor(port, verdict?.directive.scripted),
    scripted: verdict?.directive.scripted,
    failure,
    schedule: new Pacer(tenantState.paceOf(verdict?.pace, undefined)),
    delayMs: met.delayMs ?? 0,
    send: note.send,
    bill: note.bill,
    end(whole) {
      if (armed !== undefined) channel.disarm(armed);
      note.end(whole);
    },
  };
}
