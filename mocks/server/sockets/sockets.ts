import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { errorReply, refusedKey, unknownUrl } from '../../dialects/errors.ts';
import { providerError } from '../../dialects/index.ts';
import { OPENAI } from '../../dialects/openai-family.ts';
import type { Fault } from '../../rules/fault.ts';
import type { JournalRecord } from '../../journal/record.ts';
import type { SocketHost, SocketProtocol } from '../../sockets/host.ts';
import { deliveryOf } from '../delivery.ts';
import { factsOf } from '../facts.ts';
import { faultOfHeaders, misspelt, takeModelFault } from '../faults/selection.ts';
import { applyFault } from '../faults/index.ts';
import type { Router } from '../router.ts';
import { takeBodyTenant, tenantOfHeader, tenantOfKey } from '../tenant-selection.ts';
import type { TenantKeys } from '../tenant-selection.ts';
import type { Tenants } from '../tenants.ts';
import { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import { headersWithKey, protocolFor, refuseUpgrade } from './handshake.ts';
import { realtimeProtocol, translationProtocol } from './realtime-door.ts';
import { responsesProtocol } from './responses-door.ts';
import { beginTurn, frameFault } from './turn.ts';

const MOST_FRAME_BYTES = 64 * 1024 * 1024;

type ProtocolMaker = (connection: Connection, host: SocketHost, channel: Channel) => SocketProtocol;

/** A path that takes a WebSocket. */
interface SocketPath {
  /** As the journal and rules name it. */
  readonly operation: string;
  readonly speak: ProtocolMaker;
  /** The key is judged before there is a socket; else by what is spoken on it. */
  readonly keyFirst?: true;
}

function pathsOf(router: Router): ReadonlyMap<string, SocketPath> {
  const responses = router.find('POST', '/v1/responses')?.operation;
  return new Map<string, SocketPath>([
    ['/v1/realtime', { operation: 'realtime', speak: realtimeProtocol }],
    ['/v1/realtime/translations', { operation: 'realtime.translations', speak: translationProtocol }],
    ...(responses === undefined
      ? []
      : [
          [
            '/v1/responses',
            { operation: 'responses.socket', speak: responsesProtocol(responses), keyFirst: true },
          ] as const,
        ]),
  ]);
}

export interface SocketsParts {
  readonly router: Router;
  readonly tenants: Tenants;
  readonly tenantKeys: TenantKeys | undefined;
  readonly port: () => number;
  readonly refuse: (ms: number) => void;
  readonly report: (error: unknown) => void;
}

/** An upgrade request, its path split. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly tenant: string | undefined;
  readonly path: string;
  readonly query: string;
  readonly ordinal: number;
}

/** The WebSockets of one server. */
export class Sockets {
  readonly #parts: SocketsParts;
  readonly #open = new Set<Channel>();
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MOST_FRAME_BYTES,
    autoPong: false,
    handleProtocols: protocolFor,
  });

  readonly #paths: ReadonlyMap<string, SocketPath>;

  constructor(parts: SocketsParts) {
    this.#parts = parts;
    this.#paths = pathsOf(parts.router);
  }

  /** Ends all connections. */
  close(): void {
    for (const channel of this.#open) channel.end();
    this.#open.clear();
  }

  upgrade(upgrade: Upgrade): void {
    const { socket } = upgrade;
    socket.on('error', () => socket.destroy());
    try {
      this.#take(upgrade);
    } catch (error) {
      const mistake = misspelt(error);
      if (mistake === undefined) this.#parts.report(error);
      const status = mistake === undefined ? 500 : 400;
      const said = { ...providerError(status), message: mistake ?? 'The mock failed while it took the connection.' };
      const context = this.#parts.tenants.common.contextFor(this.#parts.port());
      refuseUpgrade(socket, deliveryOf(errorReply(status, said, context)));
    }
  }

  #take(upgrade: Upgrade): void {
    const headers = headersWithKey(upgrade.request.headers);
    const { tenants, tenantKeys, port, refuse, report } = this.#parts;
    const query = new URLSearchParams(upgrade.query);
    const { body: bare, tenant: ofModel } = takeBodyTenant({ model: query.get('model') ?? undefined });
    const { body, fault: modelFault } = takeModelFault(bare);
    const { model } = body as { readonly model?: string };
    if (model !== undefined) query.set('model', model);
    const tenant = upgrade.tenant ?? tenantOfHeader(headers) ?? ofModel ?? tenantOfKey(headers, tenantKeys);
    const tenantState = tenant === undefined ? tenants.common : tenants.of(tenant);
    const { path, ordinal } = upgrade;
    const known = this.#paths.get(path);
    const operation = known?.operation ?? 'unknown';
    const connection: Connection = {
      tenantState,
      operation,
      path,
      query: query.toString(),
      headers,
      port: port(),
      ordinal,
      refuse,
      report,
    };
    const record = this.#record(connection, model);
    if (known === undefined) {
      this.#refused(upgrade, record, deliveryOf(unknownUrl({ method: 'GET', path }, tenantState.contextFor(port()))));
      return;
    }
    const refused = known.keyFirst ? refusedKey({ headers }, tenantState.contextFor(port())) : undefined;
    if (refused) {
      this.#refused(upgrade, record, deliveryOf(refused));
      return;
    }
    const facts = factsOf({ operation, headers, query, body: { model } });
    const fault = faultOfHeaders(headers, tenantState.faults.keys) ?? modelFault ?? tenantState.faults.take(facts);
    this.#answer(upgrade, { connection, record, fault, speak: known.speak });
  }

  #record(
    { tenantState, operation, path, query, headers, port, ordinal }: Connection,
    model: string | undefined,
  ): JournalRecord {
    const at = tenantState.clock.now();
    const record = tenantState.journal.open({ at, method: 'GET', path, query, headers, port, connection: ordinal });
    record.operation = operation === 'unknown' ? undefined : operation;
    record.model = model;
    return record;
  }

  #refused({ socket }: Upgrade, { delivered }: JournalRecord, delivery: Parameters<typeof refuseUpgrade>[1]): void {
    delivered.status = delivery.head?.status ?? 500;
    delivered.endedAt = this.#parts.tenants.common.clock.now();
    refuseUpgrade(socket, delivery);
  }

  #answer(upgrade: Upgrade, { connection, record, fault, speak }: Answering): void {
    const { request, socket, head } = upgrade;
    const met = frameFault(fault, connection);
    record.fault = met.played;
    if (fault !== undefined && met.failure !== undefined) {
      const context = connection.tenantState.contextFor(connection.port);
      const normal = deliveryOf(errorReply(met.failure.status, met.failure.error, context));
      const { delivery } = applyFault(fault, {
        ...connection,
        normal: () => normal,
        context,
        family: OPENAI,
        reused: () => false,
      });
      this.#refused(upgrade, record, delivery.head === undefined ? normal : delivery);
      return;
    }
    // A fault of HTTP or of the connection is met before there is a WebSocket.
    if (met.armed !== undefined && met.armed !== fault) {
      if (met.armed.name === 'ws-drop') socket.destroy();
      return;
    }
    const accept = (): void =>
      this.#server.handleUpgrade(request, socket, head, (taken) => {
        const channel = this.#opened(taken, upgrade, connection, record);
        if (met.armed !== undefined) channel.arm(met.armed);
        this.#speak(channel, connection, speak);
      });
    if ((met.delayMs ?? 0) > 0) connection.tenantState.clock.after(met.delayMs ?? 0, accept);
    else accept();
  }

  #opened(taken: WebSocket, { socket }: Upgrade, { tenantState }: Connection, { delivered }: JournalRecord): Channel {
    const channel = new Channel({ socket: taken, raw: socket, clock: tenantState.clock, delivered });
    delivered.status = 101;
    this.#open.add(channel);
    taken.once('close', () => this.#open.delete(channel));
    return channel;
  }

  #speak(channel: Channel, connection: Connection, speak: ProtocolMaker): void {
    const { tenantState, port, report } = connection;
    const fail = (error: unknown): void => {
      report(error);
      channel.close(1011, 'The mock failed.');
    };
    const host: SocketHost = {
      clock: tenantState.clock,
      strict: tenantState.strictness !== 'off',
      context: (scripted) => tenantState.contextFor(port, scripted),
      send: (text) => channel.send(text),
      close: (code, reason) => channel.close(code, reason),
      begin: (asked) => beginTurn(asked, connection, channel),
      fail,
    };
    const protocol = speak(connection, host, channel);
    const guarded = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        fail(error);
      }
    };
    channel.listen({
      receive: (frame) => guarded(() => protocol.receive(frame)),
      closed: () => guarded(() => protocol.closed()),
    });
    guarded(() => protocol.open());
  }
}

interface Answering {
  readonly connection: Connection;
  readonly record: JournalRecord;
  readonly fault: Fault | undefined;
  readonly speak: ProtocolMaker;
}
