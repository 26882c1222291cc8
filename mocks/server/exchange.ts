import type { IncomingMessage, ServerResponse } from 'node:http';
import { familyFor, familyOf } from '../dialects/families.ts';
import type { DialectFamily } from '../dialects/family.ts';
import type { DialectContext, DialectRequest, FamilyId, Reply } from '../dialects/reply.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { RequestFacts } from '../rules/match.ts';
import { parseBody, readBody } from './body.ts';
import { readableByPages } from './cors.ts';
import type { Delivery } from './delivery.ts';
import { deliveryOf } from './delivery.ts';
import type { History } from './conversation.ts';
import { factsOf, takeTestDelay } from './facts.ts';
import type { Fault } from '../rules/fault.ts';
import { applyFault } from './faults/index.ts';
import { faultOfHeaders, misspelt } from './faults/selection.ts';
import { WireWriter } from './faults/wire-writer.ts';
import { Pacer } from './pacer.ts';
import type { Pace } from '../rules/pace.ts';
import type { Directive } from '../rules/script/answer-input.ts';
import { askRules } from './rule-verdict.ts';
import { directedReply } from './scripted-reply.ts';
import type { Route, Router } from './router.ts';
import { takeFault, takeTenant } from './marks.ts';
import { TENANT_HEADER, tenantOfHeader, tenantOfKey } from './tenant-selection.ts';
import type { TenantKeys } from './tenant-selection.ts';
import type { Tenants } from './tenants.ts';
import type { TenantState } from './tenant-state.ts';
import { Writer } from './writer.ts';

const NO_QUERY = new URLSearchParams();

export interface ExchangeParts {
  readonly tenants: Tenants;
  readonly tenantKeys: TenantKeys | undefined;
  /** Named by the path, which had its prefix taken off. */
  readonly tenant: string | undefined;
  readonly router: Router;
  /** Answers what no path and no header says another family should. Default `openai`. */
  readonly dialect: FamilyId | undefined;
  readonly port: number;
  readonly connection: number;
  readonly path: string;
  readonly query: string;
  readonly report: (error: unknown) => void;
  /** Closes the port to new connections for a time. */
  readonly refuse: (ms: number) => void;
}

/** One request from its head to the end of its answer. */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** The tenant's, once the request has named one. */
  #tenantState: TenantState;
  #record: JournalRecord;
  #writer: { stop(): void } | undefined;
  /** Asked for by the request's headers. */
  #asked: Fault | undefined;
  #question: DialectRequest | undefined;
  /** Of the rule that answers. */
  #pace: Pace | undefined;
  #finished = false;
  /** Of the path and the headers, until an operation is found. */
  #family: DialectFamily;

  constructor(parts: ExchangeParts, request: IncomingMessage, response: ServerResponse) {
    this.#parts = parts;
    this.#request = request;
    this.#response = response;
    this.#tenantState = parts.tenant === undefined ? parts.tenants.common : parts.tenants.of(parts.tenant);
    this.#record = this.#open();
    this.#family = familyOf(familyFor(parts.path, request.headers, parts.dialect));
    response.on('finish', this.#onFinish);
    response.on('close', this.#onClose);
  }

  start(): void {
    try {
      this.#enter(this.#tenantOfHead());
      this.#asked = faultOfHeaders(this.#request.headers, this.#tenantState.faults.keys, this.#parts.query);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#asked?.kind === 'named' && this.#asked.name === 'never-read') this.#record.fault = this.#asked.name;
    else readBody(this.#request, this.#onBody);
  }

  #open(sequence?: number): JournalRecord {
    const { port, connection, path, query } = this.#parts;
    const { method = 'GET', headers } = this.#request;
    const { journal, clock } = this.#tenantState;
    return journal.open({ at: clock.now(), method, path, query, headers, port, connection }, sequence);
  }

  /** The path decides, then the header, then the body (which has yet to come), then the key. */
  #tenantOfHead(): string | undefined {
    const { tenant, tenantKeys } = this.#parts;
    if (tenant !== undefined) return undefined;
    const { headers } = this.#request;
    return tenantOfHeader(headers) ?? tenantOfKey(headers, tenantKeys, this.#parts.query);
  }

  /** From here on the request is this tenant's; the other's journal forgets it. */
  #enter(tenant: string | undefined): void {
    if (tenant === undefined || tenant === this.#tenantState.tenant) return;
    this.#tenantState.journal.withdraw(this.#record);
    this.#tenantState = this.#parts.tenants.of(tenant);
    this.#record = this.#open(this.#record.arrival.sequence);
  }

  readonly #onFinish = (): void => {
    this.#finished = true;
    this.#record.delivered.endedAt = this.#tenantState.clock.now();
  };

  readonly #onClose = (): void => {
    const { delivered } = this.#record;
    if (!this.#finished && delivered.endedAt === undefined) {
      delivered.abortedAt = this.#tenantState.clock.now();
      delivered.endedAt = delivered.abortedAt;
    }
    this.#writer?.stop();
  };

  readonly #onBody = (body: Buffer | undefined): void => {
    try {
      this.#answer(body);
    } catch (error) {
      this.#fail(error);
    }
  };

  /** A fault of the mock itself: 500, or a broken connection when the head is out. */
  readonly #fail = (error: unknown): void => {
    const { report } = this.#parts;
    const mistake = misspelt(error);
    if (mistake !== undefined) {
      this.#refuse(400, mistake);
      return;
    }
    report(error);
    if (this.#response.headersSent || this.#record.delivered.status !== undefined) {
      this.#record.delivered.endedAt = this.#tenantState.clock.now();
      this.#response.destroy();
      return;
    }
    this.#refuse(500, `The mock failed while answering: ${error instanceof Error ? error.message : String(error)}`);
  };

  #answer(rawBody: Buffer | undefined): void {
    if (rawBody === undefined) {
      this.#refuse(413, 'The request body is too large.');
      return;
    }
    const { path, tenant } = this.#parts;
    const { headers } = this.#request;
    const method = this.#record.arrival.method;
    const found = this.#routeOf(method, headers);
    const { body: directive, delayMs } = takeTestDelay(parseBody(rawBody, this.#request.headers['content-type']));
    const { body: asked, params: named, tenant: wanted } = takeTenant(directive, found?.params);
    if (tenant === undefined && headers[TENANT_HEADER] === undefined) this.#enter(wanted);
    const tenantState = this.#tenantState;
    const record = this.#record;
    tenantState.journal.keepBody(record, rawBody);
    const { body, params, fault } = takeFault(asked, named);
    const route = found && { ...found, params };
    const query = this.#parts.query === '' ? NO_QUERY : new URLSearchParams(this.#parts.query);
    const texts = headers as Readonly<Record<string, string>>;
    const history: History = (id) => tenantState.state.get(id)?.turns ?? [];
    const { objects } = tenantState;
    const facts = factsOf({ operation: route?.operation.id, route, headers: texts, query, body, history, objects });
    record.operation = facts.operation;
    record.model = facts.model;
    record.stream = facts.stream;
    const request = { method, path, params, query, headers: texts, body, rawBody };
    this.#question = request;
    const delivery = this.#decide(route, request, facts, fault);
    const paced = method === 'POST' && delivery.head !== undefined && delivery.head.status < 400;
    this.#write(delivery, new Pacer(paced ? tenantState.paceOf(this.#pace, delayMs) : {}));
  }

  #routeOf(method: string, headers: IncomingMessage['headers']): Route | undefined {
    const { router, path, dialect } = this.#parts;
    const asked = familyFor(path, headers, dialect);
    const route = router.find(method, path, asked);
    this.#family = familyOf(route === undefined ? asked : route.operation.family);
    return route;
  }

  #decide(
    route: Route | undefined,
    request: DialectRequest,
    facts: RequestFacts,
    ofModel: Fault | undefined,
  ): Delivery {
    const fault = this.#asked ?? ofModel ?? this.#tenantState.faults.take(facts);
    const directiveFor = once(() => this.#directiveFor(facts));
    const spoils = fault ?? directiveFor()?.fault;
    if (spoils === undefined) return deliveryOf(this.#reply(route, request, directiveFor()), true);
    const { delivery, played } = applyFault(spoils, {
      normal: (stream) =>
        this.#readable(deliveryOf(this.#reply(route, streaming(route, request, stream), directiveFor()))),
      context: this.#context(),
      family: this.#family,
      operation: facts.operation,
      path: request.path,
      reused: () => this.#request.socket.bytesWritten > 0,
      refuse: this.#parts.refuse,
    });
    this.#record.fault = played;
    return delivery;
  }

  /** What the rules say to this request: single answers before the script. */
  #directiveFor(facts: RequestFacts): Directive | undefined {
    const verdict = askRules(this.#tenantState, facts);
    if (verdict?.rule !== undefined) this.#record.rule = verdict.rule;
    if (verdict?.pace !== undefined) this.#pace = verdict.pace;
    return verdict?.directive;
  }

  #reply(route: Route | undefined, request: DialectRequest, directive: Directive | undefined): Reply {
    const given = directive && directedReply(directive, this.#context(), this.#family);
    if (given !== undefined) return given;
    if (route === undefined) return this.#unrouted(request);
    return route.operation.handle(request, this.#context(directive?.scripted));
  }

  #unrouted(request: DialectRequest): Reply {
    const allowed = this.#parts.router.methodsOf(request.path);
    if (allowed.length === 0) return this.#family.unknownUrl(request, this.#context());
    return this.#family.wrongMethod(request, allowed, this.#context());
  }

  #refuse(status: number, message: string): void {
    const error = { ...this.#family.providerError(status), message };
    this.#write(deliveryOf(this.#family.errorReply(status, error, this.#context())), new Pacer({}));
  }

  #context(scripted?: DialectContext['scripted']): DialectContext {
    const context = this.#tenantState.contextFor(this.#parts.port, scripted);
    // Of other families no error depends on the request.
    return this.#family.id === 'gemini' ? { ...context, asked: this.#question } : context;
  }

  #readable(delivery: Delivery): Delivery {
    return readableByPages(delivery, this.#request.headers);
  }

  #write(made: Delivery, pacer: Pacer): void {
    if (this.#response.destroyed) return;
    const delivery = this.#readable(made);
    const { delivered } = this.#record;
    const requestId = delivery.head?.headers.find(([name]) => name === 'x-request-id' || name === 'request-id')?.[1];
    if (requestId !== undefined) delivered.requestId = requestId;
    if (delivery.billed !== undefined) delivered.usage = delivery.billed;
    const { clock, trace } = this.#tenantState;
    if (trace) delivered.trace = [];
    const { wire, head } = delivery;
    const common = { clock, delivered, fail: this.#fail };
    const writer =
      wire === undefined
        ? new Writer({ response: this.#response, delivery, pacer, ...common })
        : new WireWriter({ socket: this.#request.socket, wire, status: head?.status, ...common });
    this.#writer = writer;
    writer.start();
  }
}

/** Rules are asked when they are needed, and not twice: asking uses them up. */
function once<T>(ask: () => T): () => T {
  let asked: { readonly directive: T } | undefined;
  return () => (asked ??= { directive: ask() }).directive;
}

/** The request as it were if it asked, or did not ask, for a stream. */
function streaming(route: Route | undefined, request: DialectRequest, stream: boolean | undefined): DialectRequest {
  if (stream === undefined) return request;
  const turned = route?.operation.reads?.asStream?.(request, stream);
  return turned ?? { ...request, body: { ...(request.body as object), stream } };
}
