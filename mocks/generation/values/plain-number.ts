type Schema = Readonly<Record<string, unknown>>;

function bound(schema: Schema, key: string): number | undefined {
  const value = schema[key];
  return typeof value === 'number' ? value : undefined;
}

function lowest(schema: Schema, step: number): number | undefined {
  const inclusive = bound(schema, 'minimum');
  const exclusive = bound(schema, 'exclusiveMinimum');
  if (exclusive !== undefined && (inclusive === undefined || exclusive >= inclusive)) {
    const multiple = Math.ceil(exclusive / step) * step;
    return multiple > exclusive ? multiple : multiple + step;
  }
  return inclusive === undefined ? undefined : Math.ceil(inclusive / step) * step;
}

function highest(schema: Schema, step: number): number | undefined {
  const inclusive = bound(schema, 'maximum');
  const exclusive = bound(schema, 'exclusiveMaximum');
  if (exclusive !== undefined && (inclusive === undefined || exclusive <= inclusive)) {
    const multiple = Math.floor(exclusive / step) * step;
    return multiple < exclusive ? multiple : multiple - step;
  }
  return inclusive === undefined ? undefined : Math.floor(inclusive / step) * step;
}

/** Fractions have no next number: half-way between the bounds is inside whether they are exclusive or not. */
function fraction(schema: Schema): number {
  const low = bound(schema, 'exclusiveMinimum') ?? bound(schema, 'minimum');
  const high = bound(schema, 'exclusiveMaximum') ?? bound(schema, 'maximum');
  if (low === undefined && high === undefined) return 1;
  if (low === undefined) return Math.min(1, (high ?? 0) - 1);
  if (high === undefined) return Math.max(1, low + 1);
  return low === high ? low : low + (high - low) / 2;
}

/** 1 where it fits, else the nearest number that does. */
export function numberForSchema(schema: Schema): number {
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  const multiple = bound(schema, 'multipleOf');
  if (!types.includes('integer') && multiple === undefined) return fraction(schema);
  const step = multiple ?? 1;
  const low = lowest(schema, step);
  const high = highest(schema, step);
  const wanted = Math.max(1, Math.ceil(1 / step)) * step;
  if (low !== undefined && wanted < low) return low;
  return high !== undefined && wanted > high ? high : wanted;
}
