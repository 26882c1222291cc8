import { createServer } from './node-http.ts';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import { azureOperations, familyOperations, operations } from '../dialects/index.ts';
import type { Operation } from '../dialects/reply.ts';
import { resourceOperations } from '../resources/index.ts';
import { scriptFrom } from '../rules/script/load.ts';
import type { Script } from '../rules/script/script.ts';
import type { ScriptInput } from '../rules/script/types.ts';
import { ScriptRefused, parseScript } from '../rules/script/script.ts';
import { watchScript } from '../rules/script/watch.ts';
import type { Controlled } from './controlled.ts';
import { CONTROL_PREFIX } from './control.ts';
import { serveControl } from './control-endpoint.ts';
import { preflightHeaders } from './cors.ts';
import { FleetState } from './fleet-state.ts';
import { EMISSIONS_FOLDER, observed } from './emissions.ts';
import { Exchange } from './exchange.ts';
import { Port } from './port.ts';
import { Router } from './router.ts';
import type { ServerOptions, ServerParts } from './options/options.ts';
import { asksForWebSocket, withoutUpgrade } from './sockets/ignored-upgrade.ts';
import type { Sockets } from './sockets/sockets.ts';
import { pathPrefix, splitPath } from './tenant-selection.ts';
import { Tenants } from './tenants.ts';
import type { CertificateFile } from './tls/certificate-file.ts';
import type { TlsFront } from './tls/front.ts';
import { TenantState } from './tenant-state.ts';

const OPENAI = [...operations, ...resourceOperations];
/** What is answered under other addresses than OpenAI's. */
const ELSEWHERE = [...azureOperations(OPENAI), ...familyOperations];

const HEADER_BYTES = 64 * 1024;
const LOOPBACK = '127.0.0.1';
/** All addresses of the machine, and the one by which it reaches itself. */
const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': LOOPBACK, '::': '::1' };

/** One mock provider on one port. */
export class MockServer {
  readonly tenants: Tenants;
  readonly #options: ServerOptions;
  readonly #router: Router;
  #sockets: Promise<Sockets> | undefined;
  readonly #http: Server;
  /** What has the port: the HTTP server, or what tells TLS from it. */
  #listener: NetServer;
  #tls: TlsFront | undefined;
  #certificate: CertificateFile | undefined;
  readonly #report: (error: unknown) => void;
  readonly #connections = new WeakMap<Socket, number>();
  #connectionCount = 0;
  #port: Port;

  readonly #fleetState: FleetState;
  #script: Script | undefined;
  #stopWatching: (() => void) | undefined;

  private constructor(options: ServerOptions, parts: ServerParts, script: Script | undefined) {
    this.#options = options;
    this.#router = new Router(parts.operations ?? everyOperation());
    const { fleetState = new FleetState(), clock } = parts;
    this.#fleetState = fleetState;
    this.#script = script;
    this.tenants = new Tenants(
      (tenant) =>
        new TenantState(options, {
          tenant,
          fleetState,
          clock,
          script: this.#script,
          report: (error) => this.#report(error),
        }),
      (tenant) => fleetState.forget(tenant),
    );
    this.#report = parts.report ?? ((error) => process.stderr.write(`llmproxy mock: ${describe(error)}\n`));
    // No keep-alive timeout: an idle connection is never closed under a client that is about to reuse it.
    this.#http = createServer({ keepAliveTimeout: 0, requestTimeout: 0, maxHeaderSize: HEADER_BYTES }, this.#onRequest);
    this.#port = new Port(this.#http, options.host ?? LOOPBACK);
    this.#http.on('upgrade', this.#onUpgrade);
    this.#listener = this.#http;
  }

  /** Rejects when the port is taken or the script cannot be used. */
  static async start(options: ServerOptions = {}, parts: ServerParts = {}): Promise<MockServer> {
    const { script } = options;
    const read = typeof script === 'string' ? await scriptFrom(script) : script && parseScript(script, 'the script');
    const server = new MockServer(options, parts, read);
    if (options.tls === true) await server.#useTls();
    await server.#port.open(options.port ?? 0);
    server.#fleetState.join({ port: server.port, journalOf: (tenant) => server.tenants.of(tenant).journal });
    if (typeof script === 'string') server.#watch(script);
    return server;
  }

  /** Of requests that name no tenant. */
  get tenantState(): TenantState {
    return this.tenants.common;
  }

  get port(): number {
    return this.#port.number;
  }

  get listening(): boolean {
    return this.#listener.listening;
  }

  /** Reaches it from this machine. */
  get url(): string {
    const { host: given = LOOPBACK } = this.#options;
    const host = WILDCARDS[given] ?? given;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  /** Of a server that speaks TLS: its certificate, and where that lies while it runs. */
  get certificate(): ServerCertificate | undefined {
    const file = this.#certificate;
    return file && { certificate: file.made.cert, certificateFile: file.path };
  }

  async #useTls(): Promise<void> {
    const { tlsFront } = await import('./tls/front.ts');
    this.#certificate = await this.#fleetState.certificateFor(this.#options.host);
    this.#tls = tlsFront(this.#http, this.#certificate.made);
    this.#listener = this.#tls.server;
    this.#port = new Port(this.#listener, this.#options.host ?? LOOPBACK);
  }

  /** Closes the port and every connection, also those with an answer under way. */
  async close(): Promise<void> {
    this.#stopWatching?.();
    this.#port.release();
    (await this.#sockets)?.close();
    for (const { webhooks } of this.tenants.tenantStates) webhooks.clear();
    this.#http.closeAllConnections();
    this.#tls?.closeAllConnections();
    this.#certificate?.release();
    this.#certificate = undefined;
    if (!this.#listener.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#listener.close(() => resolve());
    this.#http.closeAllConnections();
    await promise;
  }

  /** Puts a script in the place of the one at work for a tenant, or for requests that name none; it may have functions. */
  readonly useScript = (tenant: string | undefined, script: ScriptInput | null): void => {
    const tenantState = tenant === undefined ? this.tenants.common : this.tenants.of(tenant);
    tenantState.useScript(script === null ? undefined : parseScript(script, 'the script'));
  };

  /** A changed script is taken whole, by all tenants, or refused whole. */
  #watch(file: string): void {
    const onScript = (script: Script): void => {
      this.#script = script;
      for (const tenantState of this.tenants.tenantStates) tenantState.changeServerScript(script);
    };
    this.#stopWatching = watchScript({ file, onScript, onRefusal: this.#report });
  }

  readonly #refuse = (ms: number): void => this.#port.refuse(ms, this.tenantState.clock);

  readonly #onUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    if (!asksForWebSocket(request)) {
      withoutUpgrade(this.#http, request, socket, head);
      return;
    }
    const ordinal = this.#connectionOf(socket);
    const upgraded = async (): Promise<void> => {
      const sockets = await (this.#sockets ??= this.#loadSockets());
      sockets.upgrade({ request, socket, head, ...targetOf(request), ordinal });
    };
    upgraded().catch((error: unknown) => {
      this.#report(error);
      socket.destroy();
    });
  };

  /** Loaded with the first WebSocket: most mocks never see one. */
  async #loadSockets(): Promise<Sockets> {
    const { Sockets: Loaded } = await import('./sockets/sockets.ts');
    return new Loaded({
      tenants: this.tenants,
      router: this.#router,
      tenantKeys: this.#options.tenantKeys,
      port: () => this.port,
      refuse: this.#refuse,
      report: this.#report,
    });
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { tenant, path, query } = targetOf(request);
    if (path.startsWith(CONTROL_PREFIX)) {
      const call = { tenant, name: path.slice(CONTROL_PREFIX.length), query };
      this.#onControl(call, request, response);
      return;
    }
    if (request.method === 'OPTIONS') {
      response.writeHead(204, preflightHeaders(request.headers, '*')).end();
      return;
    }
    const connection = this.#connectionOf(request.socket);
    const parts = {
      tenants: this.tenants,
      tenantKeys: this.#options.tenantKeys,
      tenant,
      router: this.#router,
      dialect: this.#options.dialect,
      port: this.port,
      connection,
      path,
      query,
      report: this.#report,
      refuse: this.#refuse,
    };
    new Exchange(parts, request, response).start();
  };

  #onControl({ tenant, ...call }: ControlPath, request: IncomingMessage, response: ServerResponse): void {
    const { host = LOOPBACK, controlToken } = this.#options;
    const stop = (): void => void response.once('close', () => void this.close().catch(this.#report));
    const { tenants } = this;
    const controlled = (): Controlled => {
      const tenantState = tenant === undefined ? tenants.common : tenants.of(tenant);
      const url = tenant === undefined ? this.url : `${this.url}${pathPrefix(tenant)}`;
      return { tenantState, tenants, fleetState: this.#fleetState, url, port: this.port, stop };
    };
    serveControl({ ...call, controlled, host, token: controlToken, report: this.#report }, request, response);
  }

  #connectionOf(socket: Socket): number {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    this.#connectionCount += 1;
    this.#connections.set(socket, this.#connectionCount);
    return this.#connectionCount;
  }
}

/** What clients of a server that speaks TLS need. */
export interface ServerCertificate {
  /** PEM: it is its own authority. */
  readonly certificate: string;
  readonly certificateFile: string;
}

interface ControlPath {
  readonly tenant: string | undefined;
  readonly name: string;
  readonly query: string;
}

/** Where a request goes: the path without the prefix of a tenant. */
function targetOf({ url = '/' }: IncomingMessage): { tenant: string | undefined; path: string; query: string } {
  const mark = url.indexOf('?');
  const given = mark === -1 ? url : url.slice(0, mark);
  const split = splitPath(given);
  // Azure's addresses come with a doubled slash where the endpoint of a client ended with one.
  const path = (split?.path ?? given).replace(/^\/\/(?=openai\/)/, '/');
  return { tenant: split?.tenant, path, query: mark === -1 ? '' : url.slice(mark + 1) };
}

/** What the dialects know; what is OpenAI's is written down when the environment asks for it: a published specification judges it. */
function everyOperation(): readonly Operation[] {
  const folder = process.env[EMISSIONS_FOLDER];
  const shown = folder === undefined ? OPENAI : OPENAI.map((operation) => observed(operation, folder));
  return [...shown, ...ELSEWHERE];
}

function describe(error: unknown): string {
  if (error instanceof ScriptRefused) return `${error.message}\n  The script in force stays.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
