/** Of a proxy whose configuration has `GOVERNED`. */
export const ADMIN: Readonly<Record<string, string>> = { authorization: 'Bearer the-admin-token' };
/** Sections that turn virtual keys on, in memory. */
export const GOVERNED = { database: { url: ':memory:' }, auth: { admin_token: 'the-admin-token' } };

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the answer is no JSON. */
  readonly body: unknown;
}

/** A call of a route below `/api/v1`; a body that is no text is sent as JSON. */
export async function callApi(
  url: string,
  route: `${'GET' | 'POST' | 'PUT' | 'DELETE'} ${string}`,
  { headers = {}, body }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<JsonAnswer> {
  const [method = '', path = ''] = route.split(' ');
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes a virtual key; the headers that carry it. */
export async function newVirtualKey(url: string, fields: object = {}): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(`${url}/api/governance/virtual-keys`, {
    method: 'POST',
    headers: { ...ADMIN, 'content-type': 'application/json' },
    body: JSON.stringify({ name: crypto.randomUUID(), ...fields }),
  });
  const { virtual_key: key } = (await answer.json()) as { virtual_key: { value: string } };
  return { authorization: `Bearer ${key.value}` };
}
