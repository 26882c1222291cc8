import { formatDuration } from '../core/duration.ts';
import { isLoopback } from '../core/loopback.ts';
import type { Config } from './config.ts';
import type { Findings } from './findings.ts';
import { isDatabaseFile } from './schema/governance.ts';
import { fallbackModels } from './fallback-checks.ts';
import { workersFit } from './worker-checks.ts';
import { suggest } from './suggest.ts';

/** One rule over the whole configuration, which no single field can judge. */
interface Check {
  /** Sections it depends on: where one of them is broken, its verdict would mean nothing. */
  readonly reads: readonly (keyof Config)[];
  readonly run: (config: Config, findings: Findings) => void;
}

function hasModels(config: Config, findings: Findings): void {
  if (config.models.length === 0) findings.fault(['models'], 'expected at least one model, found none');
}

function publicBind({ server, auth }: Config, findings: Findings): void {
  if (isLoopback(server.host) || server.allowPublic || auth.requireKey) return;
  const token = auth.adminToken === undefined ? '' : '; auth.admin_token protects only what operates the proxy';
  const risk = `others could reach it and use the models and their keys${token}`;
  const remedy = 'set auth.require_key: true, or server.allow_public: true if that is meant, or listen on 127.0.0.1';
  findings.fault(['server', 'host'], `refused to listen on ${server.host}: ${risk}; ${remedy}`);
}

function keysNeeded({ auth, governance }: Config, findings: Findings): void {
  if (!auth.requireKey || governance !== undefined) return;
  const message =
    'there are no virtual keys without `database` or `governance`: every request to a model is refused with 401 virtual_key_required';
  findings.warn(['auth', 'require_key'], message);
}

function anyPage({ server }: Config, findings: Findings): void {
  if (!server.cors.includes('*')) return;
  const message = 'every web page that is open in a browser which reaches the proxy can use the models';
  findings.warn(['server', 'cors'], message);
}

function sharedOverRedis({ cache, redis, server }: Config, findings: Findings): void {
  if (
    cache.shareGenerations === 'process' ||
    server.workers > 1 ||
    (redis.url ?? redis.cluster ?? redis.sentinels) !== undefined
  )
    return;
  const message = 'without `redis` there is nothing to share over: each process makes its own answers';
  findings.warn(['cache', 'share_generations'], message);
}

function adminMode({ server, auth, governance }: Config, findings: Findings): void {
  if (auth.admin === 'open' && !isLoopback(server.host)) {
    const message = `expected token or loopback, found open: with server.host ${server.host} every client could operate the proxy`;
    findings.fault(['auth', 'admin'], message);
  }
  if (auth.admin !== 'token' || auth.adminToken !== undefined) return;
  if (governance === undefined) {
    findings.fault(['auth', 'admin'], 'expected an auth.admin_token to go with admin: token, found none');
  } else if (governance.databaseUrl !== undefined && !isDatabaseFile(governance.databaseUrl.reveal())) {
    const message =
      'expected an auth.admin_token, found none: one is made only beside the file of an SQLite database; set it, or auth.admin to loopback or open';
    findings.fault(['auth'], message);
  }
}

/** Sections that concern virtual keys, users and what is stored for them. */
const NEED_DATABASE = ['plans', 'credentials', 'gateway'] as const;

function sectionsMeanSomething({ governance }: Config, findings: Findings): void {
  if (governance !== undefined) return;
  for (const section of NEED_DATABASE) {
    if (findings.given([section])) findings.warn([section], 'means nothing without `database` or `governance`');
  }
}

function passthroughModel({ passthrough, models }: Config, findings: Findings): void {
  const names = models.map(({ name }) => name);
  if (models.length === 0 || names.includes(passthrough.model)) return;
  const meant = suggest(passthrough.model, names);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  findings.fault(['passthrough', 'model'], `expected the name of a model, found ${passthrough.model}${hint}`);
}

function pricesKnown({ models }: Config, findings: Findings): void {
  for (const { name, strategy, endpoints } of models) {
    if (strategy === 'cheapest' && endpoints.every(({ price }) => price === undefined)) {
      findings.warn(['models', name, 'strategy'], 'no endpoint has a price, so cheapest cannot tell them apart');
    }
  }
}

/** `first_byte` bounded every answer once: a file that relies on it is told what bounds JSON. */
function answerBound({ models, routing }: Config, findings: Findings): void {
  const general = ['routing', 'timeouts'];
  if (findings.given([...general, 'answer'])) return;
  const warn = (path: readonly string[], answerMs: number): void => {
    if (!findings.given([...path, 'first_byte']) || findings.given([...path, 'answer'])) return;
    const message = `bounds the head of a stream only; an answer that does not stream may take ${formatDuration(answerMs)}: set timeouts.answer to bound it`;
    findings.warn([...path, 'first_byte'], message);
  };
  warn(general, routing.timeouts.answerMs);
  for (const { name, routing: own } of models) warn(['models', name, ...general], own.timeouts.answerMs);
}

function autoModels({ auto, models }: Config, findings: Findings): void {
  const names = models.map(({ name }) => name);
  for (const [index, name] of auto.models.entries()) {
    if (names.length === 0 || names.includes(name)) continue;
    const meant = suggest(name, names);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    findings.fault(['auto', 'models', index], `expected the name of a model, found ${name}${hint}`);
  }
}

/** Run in this order. */
export const CHECKS: readonly Check[] = [
  { reads: ['models'], run: hasModels },
  { reads: ['server', 'auth'], run: publicBind },
  { reads: ['auth', 'governance'], run: keysNeeded },
  { reads: ['server'], run: anyPage },
  { reads: ['cache', 'redis', 'server'], run: sharedOverRedis },
  { reads: ['server', 'auth', 'governance'], run: adminMode },
  { reads: ['server', 'responses', 'models', 'governance', 'redis'], run: workersFit },
  { reads: [...NEED_DATABASE, 'governance'], run: sectionsMeanSomething },
  { reads: ['models', 'passthrough'], run: passthroughModel },
  { reads: ['models', 'auto'], run: autoModels },
  { reads: ['models'], run: fallbackModels },
  { reads: ['models'], run: pricesKnown },
  { reads: ['models', 'routing'], run: answerBound },
];
