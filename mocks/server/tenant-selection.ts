import { requestKey } from '../dialects/keys.ts';
import { InvalidInput } from '../rules/check.ts';

export const TENANT_HEADER = 'x-mock-tenant';
export const TENANT_FIELD = 'llmproxy_tenant';
export const TENANT_KEY_PREFIX = 'sk-mock-tenant-';
const PATH_PREFIX = '/t/';

/** Requests that name no tenant. */
export const COMMON = '';

/** API keys and the tenants they belong to; `each`: every key is a tenant of its own, named like the key. */
export type TenantKeys = Readonly<Record<string, string>> | 'each';

const NAME = /^[A-Za-z0-9][\w.-]{0,199}$/;
/** Of a model: a name that begins with a letter, so that dated versions such as `model@20250101` stay what they are. */
const MODEL_SUFFIX = /@([A-Za-z][\w.-]{0,199})(?=!|$)/;

export function tenantAt(value: unknown, field: string): string {
  if (typeof value === 'string' && NAME.test(value)) return value;
  throw new InvalidInput(field, 'a name of letters, digits, ".", "_" and "-"', value);
}

/** `/t/NAME/v1/…` → tenant and `/v1/…`; `undefined` for any other path. */
export function splitPath(path: string): { readonly tenant: string; readonly path: string } | undefined {
  if (!path.startsWith(PATH_PREFIX)) return undefined;
  const end = path.indexOf('/', PATH_PREFIX.length);
  if (end === -1) return undefined;
  const tenant = path.slice(PATH_PREFIX.length, end);
  return NAME.test(tenant) ? { tenant, path: path.slice(end) } : undefined;
}

export function pathPrefix(tenant: string): string {
  return `${PATH_PREFIX}${tenant}`;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The tenant of `x-mock-tenant`. Throws {@link InvalidInput} for what cannot be a name. */
export function tenantOfHeader(headers: Headers): string | undefined {
  const named = headers[TENANT_HEADER];
  return named === undefined ? undefined : tenantAt(named, TENANT_HEADER);
}

/** The tenant of the API key: one of the list, or the name in `sk-mock-tenant-NAME`. */
export function tenantOfKey(headers: Headers, keys: TenantKeys | undefined, query?: string): string | undefined {
  const key = requestKey(headers, query);
  if (key === undefined) return undefined;
  if (key.startsWith(TENANT_KEY_PREFIX)) return tenantAt(key.slice(TENANT_KEY_PREFIX.length), 'the API key');
  if (keys === 'each') return NAME.test(key) ? key : undefined;
  return keys !== undefined && Object.hasOwn(keys, key) ? keys[key] : undefined;
}

export interface BodyTenant {
  readonly body: unknown;
  readonly tenant: string | undefined;
}

interface Named {
  readonly model?: unknown;
  readonly metadata?: unknown;
}

/** Takes the tenant out of a body, `metadata.llmproxy_tenant` before `@NAME` behind the model: dialects see neither. */
export function takeBodyTenant(body: unknown): BodyTenant {
  if (typeof body !== 'object' || body === null) return { body, tenant: undefined };
  const { model, metadata } = body as Named;
  const suffix = typeof model === 'string' && model.includes('@') ? MODEL_SUFFIX.exec(model) : null;
  const inMetadata = typeof metadata === 'object' && metadata !== null && TENANT_FIELD in metadata;
  if (suffix === null && !inMetadata) return { body, tenant: undefined };
  const bare = suffix === null ? body : { ...body, model: (model as string).replace(MODEL_SUFFIX, '') };
  if (!inMetadata) return { body: bare, tenant: suffix?.[1] };
  const { [TENANT_FIELD]: named, ...rest } = metadata as Readonly<Record<string, unknown>>;
  return { body: { ...bare, metadata: rest }, tenant: tenantAt(named, `metadata.${TENANT_FIELD}`) };
}
