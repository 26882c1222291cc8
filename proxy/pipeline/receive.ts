import { ProxyError } from '../core/errors.ts';
import { countKeys, isJsonObject, type JsonObject } from '../core/json.ts';
import { scanJson } from '../wire/json-scan.ts';
import type { Exchange } from './exchange.ts';
import type { MemoEntry } from './request-memo.ts';
import type { Runtime } from './runtime.ts';

/** Facts §12: the sentence that OpenAI's own clients know for a body that cannot be parsed. */
const NOT_JSON =
  'We could not parse the JSON body of your request. The API expects a JSON object, but what was sent was not valid JSON.';

/** Understands the body: structural scan, parse, facts; then finds the model. A body seen before skips all of that. */
export function receive(exchange: Exchange, runtime: Runtime): void {
  const { protocol, request } = exchange;
  const digest = runtime.memo.digest(protocol.id, ...request.chunks);
  let entry = runtime.memo.get(digest);
  if (!entry) {
    entry = understand(exchange);
    runtime.memo.set(digest, entry);
  }
  exchange.entry = entry;
  exchange.facts = entry.facts;
  exchange.model = runtime.model(entry.facts.model);
  if (!exchange.model) {
    throw new ProxyError(
      'model_not_found',
      `The model \`${entry.facts.model}\` does not exist or you do not have access to it.`,
    );
  }
}

function understand(exchange: Exchange): MemoEntry {
  const scan = scanJson(exchange.request.body);
  const parsed = parseObject(exchange.request.body);
  exchange.parsed = parsed;
  const facts = exchange.protocol.facts(parsed);
  const extra = parsed['extra_body'];
  return {
    facts,
    scan,
    extraCache: isJsonObject(extra) ? extra['cache'] : undefined,
    ambiguous: countKeys(parsed) !== scan.keys,
    keys: new Map(),
  };
}

/** Throws ProxyError `invalid_json` when the body is anything but a JSON object. */
export function parseObject(body: Buffer): JsonObject {
  const parsed = parse(body);
  if (!isJsonObject(parsed)) throw new ProxyError('invalid_json', NOT_JSON);
  return parsed;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ProxyError('invalid_json', NOT_JSON, { cause: error });
  }
}
