import type { FamilyId, Operation } from '../dialects/reply.ts';

export interface Route {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

/** One segment of a path: literal text, or a name with literal text around it. */
interface Segment {
  readonly before: string;
  readonly name?: string | undefined;
  readonly after: string;
}

interface Pattern {
  readonly operation: Operation;
  readonly segments: readonly Segment[];
}

const METHODS: readonly Operation['method'][] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const NO_PARAMS: Readonly<Record<string, string>> = {};

/** Finds the operation of a request: literal paths by one lookup, those with `{name}` segments by comparison. */
export class Router {
  readonly #literal = new Map<string, readonly Route[]>();
  /** By method, number of segments and first segment: those that can match at all. */
  readonly #patterns = new Map<string, Pattern[]>();

  constructor(operations: readonly Operation[]) {
    const patterns: Weighted[] = [];
    for (const operation of operations) {
      if (operation.path.includes('{')) patterns.push(weighted(operation));
      else {
        const key = `${operation.method} ${operation.path}`;
        this.#literal.set(key, [...(this.#literal.get(key) ?? []), { operation, params: NO_PARAMS }]);
      }
    }
    // Fewer names first, then more literal text: where a literal and a name both fit a segment, the literal wins.
    for (const pattern of patterns.toSorted((a, b) => a.names - b.names || b.literals - a.literals)) {
      const key = bucketOf(pattern.operation.method, pattern.operation.path.split('/'));
      const bucket = this.#patterns.get(key);
      if (bucket === undefined) this.#patterns.set(key, [pattern]);
      else bucket.push(pattern);
    }
  }

  /** Where several families have the path, that of `family`, else the first. */
  find(method: string, path: string, family: FamilyId = 'openai'): Route | undefined {
    const literal = this.#literal.get(`${method} ${path}`);
    if (literal !== undefined) return literal.find((route) => isOf(route, family)) ?? literal[0];
    return this.#findPattern(method, path.split('/'), family);
  }

  /** The methods under which a path exists; none when it does not. */
  methodsOf(path: string): readonly string[] {
    return METHODS.filter((method) => this.find(method, path) !== undefined);
  }

  #findPattern(method: string, segments: readonly string[], family: FamilyId): Route | undefined {
    let first: Route | undefined;
    for (const { operation, segments: wanted } of this.#patterns.get(bucketOf(method, segments)) ?? []) {
      const params = paramsOf(wanted, segments);
      if (params === undefined) continue;
      const route = { operation, params };
      if (isOf(route, family)) return route;
      first ??= route;
    }
    return first;
  }
}

function isOf({ operation }: Route, family: FamilyId): boolean {
  return (operation.family ?? 'openai') === family;
}

function segmentOf(text: string): Segment {
  if (!text.includes('{')) return { before: text, name: undefined, after: '' };
  const [, before = '', name, after = ''] = /^([^{]*)\{(\w+)\}(.*)$/.exec(text) ?? [undefined, text];
  return { before, name, after };
}

/** No pattern has a name in its first segment. */
function bucketOf(method: string, segments: readonly string[]): string {
  return `${method} ${segments.length} ${segments[1]}`;
}

interface Weighted extends Pattern {
  readonly names: number;
  /** Characters of literal text. */
  readonly literals: number;
}

function weighted(operation: Operation): Weighted {
  const segments = operation.path.split('/').map(segmentOf);
  const names = segments.filter(({ name }) => name !== undefined).length;
  const literals = segments.reduce((sum, { before, after }) => sum + before.length + after.length, 0);
  return { operation, segments, names, literals };
}

function paramsOf(wanted: readonly Segment[], found: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, { before, name, after }] of wanted.entries()) {
    const text = found[index] ?? '';
    if (name === undefined) {
      if (text !== before) return undefined;
      continue;
    }
    if (text.length <= before.length + after.length || !text.startsWith(before) || !text.endsWith(after))
      return undefined;
    params[name] = decoded(text.slice(before.length, text.length - after.length));
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
