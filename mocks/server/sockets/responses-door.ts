import type { DialectContext, DialectRequest, Operation, ResponseStore, StoredResponse } from '../../dialects/reply.ts';
import type { Body } from '../../dialects/validate.ts';
import type { ProviderError } from '../../dialects/errors.ts';
import { providerError } from '../../dialects/index.ts';
import { OPENAI } from '../../dialects/openai-family.ts';
import { FAULTS_BY_NAME } from '../../rules/faults/catalogue.ts';
import type { JournalRecord } from '../../journal/record.ts';
import type { Fault } from '../../rules/fault.ts';
import type { NamedFault } from '../../rules/faults/named.ts';
import type { Pace } from '../../rules/pace.ts';
import type { Failure, SocketHost, SocketProtocol, Step, Turn } from '../../sockets/host.ts';
import type { CreatedResponse, Known } from '../../sockets/responses/host.ts';
import { ResponsesSession } from '../../sockets/responses/session.ts';
import type { Delivery } from '../delivery.ts';
import { deliveryOf } from '../delivery.ts';
import { factsOf } from '../facts.ts';
import { applyFault } from '../faults/index.ts';
import { Pacer } from '../pacer.ts';
import { askRules } from '../rule-verdict.ts';
import { directedReply } from '../scripted-reply.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import { noted, openRecord } from './turn.ts';

const PATH = '/v1/responses';

/** Stored responses, and before them those that only the connection knows. */
function storeWith(state: ResponseStore, known: Known): ResponseStore {
  return {
    get: (id) => known(id) ?? state.get(id),
    put: (response) => state.put(response),
    delete: (id) => state.delete(id),
    find: (fits) => state.find(fits),
  };
}

/** The data of an event that was made for a stream over HTTP. */
function frameOf(bytes: string): string {
  const data = bytes.split('\n').filter((line) => line.startsWith('data:'));
  return data.length === 0 ? bytes : data.map((line) => line.slice('data:'.length).trimStart()).join('\n');
}

function* stepsOf({ events }: Delivery): Generator<Step> {
  for (const { bytes, tokens, kind } of events) yield { text: frameOf(bytes), tokens, kind };
}

function failureOf(delivery: Delivery): Failure | undefined {
  const { head, events } = delivery;
  if (head === undefined || head.status < 400) return undefined;
  const usual = providerError(head.status);
  const headers = Object.fromEntries(head.headers);
  try {
    const { error } = JSON.parse([...events].map(({ bytes }) => bytes).join('')) as { error: ProviderError };
    return { status: head.status, error: { ...usual, ...error }, headers };
  } catch {
    return { status: head.status, error: usual, headers };
  }
}

/** Nothing of the model, but a response to go on from. */
const WARM = { items: [], usage: { outputTokens: 0 } };

interface Asking {
  readonly connection: Connection;
  readonly channel: Channel;
  readonly operation: Operation;
}

/** How the connection is treated after the last event. */
function afterEvents({ ending, wire, head }: Delivery): 'ws-drop' | 'ws-stall' | undefined {
  if (ending === 'hang' || wire?.ending === 'hang') return 'ws-stall';
  return ending === 'cut' || wire !== undefined || head === undefined ? 'ws-drop' : undefined;
}

/** The fault, when it is one of frames. */
function ofFrames(fault: Fault | undefined): NamedFault | undefined {
  const named = fault?.kind === 'named' ? fault : undefined;
  return named !== undefined && FAULTS_BY_NAME.get(named.name)?.answers === 'frames' ? named : undefined;
}

interface Answered {
  readonly context: DialectContext;
  readonly delivery: Delivery;
  readonly inFrames: NamedFault | undefined;
  readonly pace: Pace | undefined;
}

/** What rules, faults and the dialect make of a request. */
function answered(
  { connection, operation, record }: Asking & { readonly record: JournalRecord },
  { body, warm }: { readonly body: Body; readonly warm: boolean },
  { known, unstored }: OwnResponses,
): Answered {
  const { tenantState, headers, query, port, refuse } = connection;
  const history = (id: string) => (known(id) ?? tenantState.state.get(id))?.turns ?? [];
  const facts = factsOf({ operation: operation.id, headers, query: new URLSearchParams(query), body, history });
  const ruledFault = tenantState.faults.take(facts);
  const verdict = warm ? undefined : askRules(tenantState, { ...facts, generates: true });
  record.rule = verdict?.rule;
  const scripted = warm ? WARM : verdict?.directive.scripted;
  const context = { ...tenantState.contextFor(port, scripted), state: storeWith(tenantState.state, known), unstored };
  const reply =
    (verdict && directedReply(verdict.directive, context, OPENAI)) ??
    operation.handle(requestOf(body, headers), context);
  const fault = ruledFault ?? verdict?.directive.fault;
  const inFrames = ofFrames(fault);
  const pace = verdict?.pace;
  if (fault === undefined || inFrames !== undefined) {
    record.fault = inFrames?.name;
    return { context, delivery: deliveryOf(reply), inFrames, pace };
  }
  const { delivery, played } = applyFault(fault, {
    normal: () => deliveryOf(reply),
    context,
    family: OPENAI,
    operation: operation.id,
    path: PATH,
    reused: () => false,
    refuse,
  });
  record.fault = played;
  return { context, delivery, inFrames, pace };
}

function requestOf(body: Body, headers: Connection['headers']): DialectRequest {
  const rawBody = Buffer.from(JSON.stringify(body));
  return { method: 'POST', path: PATH, params: {}, query: new URLSearchParams(), headers, body, rawBody };
}

/** Responses that only the connection knows. */
interface OwnResponses {
  readonly known: Known;
  readonly unstored: (response: StoredResponse) => void;
}

function created(asking: Asking, given: Body, own: OwnResponses): CreatedResponse {
  const { connection, channel, operation } = asking;
  const { generate, ...rest } = given;
  const body = { ...rest, stream: true };
  const record = openRecord(connection, { operation: operation.id, body });
  const { context, delivery, inFrames, pace } = answered(
    { ...asking, record },
    { body, warm: generate === false },
    own,
  );
  const note = noted(record, channel, connection);
  if (delivery.billed !== undefined) note.bill(delivery.billed);
  const failure = failureOf(delivery);
  record.delivered.status = failure?.status ?? 200;
  if (inFrames !== undefined) channel.arm(inFrames);
  const last = failure === undefined ? afterEvents(delivery) : undefined;
  const turn: Turn = {
    context,
    scripted: context.scripted,
    failure,
    schedule: new Pacer(connection.tenantState.paceOf(pace, undefined)),
    delayMs: delivery.delayMs,
    send: note.send,
    bill: note.bill,
    end(whole) {
      if (last !== undefined) channel.arm({ kind: 'named', name: last, parameters: { after: 0 } });
      if (inFrames !== undefined) channel.disarm(inFrames);
      note.end(whole && last === undefined);
    },
  };
  return { turn, failure, steps: delivery.wire === undefined ? stepsOf(delivery) : [] };
}

/** Who speaks on a connection to `/v1/responses`. */
export function responsesProtocol(operation: Operation) {
  return (connection: Connection, host: SocketHost, channel: Channel): SocketProtocol =>
    new ResponsesSession({
      ...host,
      create: (body, known, unstored) => created({ connection, channel, operation }, body, { known, unstored }),
    });
}
