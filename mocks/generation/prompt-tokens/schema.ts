export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** What `#`, `#/$defs/name` and any other pointer within the document names. */
function pointed(root: unknown, reference: string): unknown {
  let at: unknown = reference.startsWith('#') ? root : undefined;
  for (const raw of reference.split('/').slice(1)) {
    at = fieldsOf(at)[raw.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at;
}

/** A schema whose `$ref`, or single `allOf`, is replaced by what it names; the reference's own keys win. */
export function resolved(schema: unknown, root: unknown, depth = 0): Fields {
  const own = fieldsOf(schema);
  const only = Array.isArray(own['allOf']) && own['allOf'].length === 1 ? own['allOf'][0] : undefined;
  const named = typeof own['$ref'] === 'string' ? pointed(root, own['$ref']) : only;
  if (named === undefined || depth > MOST_REFERENCES) return own;
  const { $ref: _reference, allOf: _all, ...others } = own;
  return { ...resolved(named, root, depth + 1), ...others };
}

/** References that only lead to each other end here. */
const MOST_REFERENCES = 16;
