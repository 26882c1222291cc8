import type { Operation } from '../dialects/reply.ts';

export interface Route {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly operation: Operation;
  readonly segments: readonly string[];
}

const METHODS: readonly Operation['method'][] = ['GET', 'POST', 'DELETE'];
const NO_PARAMS: Readonly<Record<string, string>> = {};

/** Finds the operation of a request: literal paths by one lookup, those with `{name}` segments by comparison. */
export class Router {
  readonly #literal = new Map<string, Route>();
  readonly #patterns: readonly Pattern[];

  constructor(operations: readonly Operation[]) {
    const patterns: Pattern[] = [];
    for (const operation of operations) {
      if (operation.path.includes('{')) patterns.push({ operation, segments: operation.path.split('/') });
      else this.#literal.set(`${operation.method} ${operation.path}`, { operation, params: NO_PARAMS });
    }
    // Fewer names first: where a literal and a name both fit a segment, the literal wins.
    this.#patterns = patterns.toSorted((a, b) => names(a) - names(b));
  }

  find(method: string, path: string): Route | undefined {
    return this.#literal.get(`${method} ${path}`) ?? this.#findPattern(method, path.split('/'));
  }

  /** The methods under which a path exists; none when it does not. */
  methodsOf(path: string): readonly string[] {
    return METHODS.filter((method) => this.find(method, path) !== undefined);
  }

  #findPattern(method: string, segments: readonly string[]): Route | undefined {
    for (const pattern of this.#patterns) {
      if (pattern.operation.method !== method) continue;
      const params = paramsOf(pattern.segments, segments);
      if (params !== undefined) return { operation: pattern.operation, params };
    }
    return undefined;
  }
}

function names(pattern: Pattern): number {
  return pattern.segments.filter((segment) => segment.startsWith('{')).length;
}

function paramsOf(wanted: readonly string[], found: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = found[index] ?? '';
    if (segment.startsWith('{')) {
      if (value === '') return undefined;
      params[segment.slice(1, -1)] = decoded(value);
    } else if (segment !== value) return undefined;
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
