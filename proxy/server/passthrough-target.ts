import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject } from '../core/json.ts';
import type { ModelRuntime, Runtime } from '../pipeline/runtime.ts';
import { scanJson } from '../wire/json-scan.ts';
import { spliceMembers } from '../wire/json-splice.ts';
import type { Lease, RouteRequest } from '../routing/types.ts';

/** Where a passed-through request goes, and with which body when that had to be read. */
export interface PassthroughTarget {
  readonly lease: Lease;
  readonly model: ModelRuntime;
  /** Public model name, when the request named a configured one. */
  readonly named?: string;
}

/** What a body says of where it belongs. */
export interface BodyHints {
  readonly model?: string;
  /** Only the endpoint that owns it can go on from there. */
  readonly previousResponseId?: string;
}

/**
 * The model that a request names is in its JSON body, its multipart form or, for upgrades, its query. Anything else
 * belongs to the account of the default model's first endpoint: files, batches and threads must meet again.
 */
export async function chooseTarget(
  runtime: Runtime,
  fallback: string,
  hints: BodyHints,
  scope: Pick<RouteRequest, 'operation' | 'credential'>,
): Promise<PassthroughTarget | undefined> {
  const named = hints.model === undefined ? undefined : runtime.models.find((model) => model.name === hints.model);
  const model = named ?? runtime.models.find((candidate) => candidate.name === fallback) ?? runtime.models[0];
  if (!model) return undefined;
  const { previousResponseId } = hints;
  const owner = previousResponseId === undefined ? undefined : await runtime.affinity.find([previousResponseId]);
  const ownerId = owner ?? (named ? undefined : model.router.endpoints[0]?.id);
  const lease = model.router.acquire(ownerId === undefined ? scope : { ...scope, ownerId }, new Set());
  return lease && { lease, model, ...(named ? { named: named.name } : {}) };
}

/** Whether the model's name may stand in the body, so that the body is read before it is sent on. */
export function namesModelInBody(headers: IncomingHttpHeaders, limit: number): boolean {
  const type = headers['content-type'] ?? '';
  const length = Number(headers['content-length'] ?? Number.NaN);
  return length > 0 && length <= limit && /^(?:application\/json|multipart\/form-data)\b/i.test(type);
}

/** Reads the hints of a JSON body or a multipart form. */
export function hintsInBody(body: Buffer, contentType: string): BodyHints {
  if (contentType.toLowerCase().startsWith('application/json')) return hintsInJson(body);
  const field = /name="model"\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]{1,256})\r\n/;
  const at = body.indexOf('name="model"\r\n');
  const model = at === -1 ? undefined : field.exec(body.toString('utf8', at, at + 1_024))?.[1];
  return model === undefined ? {} : { model };
}

/** The body with the name that the endpoint knows the model by. */
export function renamedBody(body: Buffer, contentType: string, upstreamModel: string | undefined): Buffer {
  if (upstreamModel === undefined || !contentType.toLowerCase().startsWith('application/json')) return body;
  return spliceMembers(body, scanJson(body), [{ op: 'set', key: 'model', value: JSON.stringify(upstreamModel) }]);
}

function hintsInJson(body: Buffer): BodyHints {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (!isJsonObject(parsed)) return {};
    const { model, previous_response_id: previous } = parsed;
    return {
      ...(typeof model === 'string' ? { model } : {}),
      ...(typeof previous === 'string' ? { previousResponseId: previous } : {}),
    };
  } catch {
    return {};
  }
}
