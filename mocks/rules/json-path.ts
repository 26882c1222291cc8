import { InvalidInput, isObject } from './check.ts';

type Step = { readonly deep: boolean } & (
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
);

/** The part of JSONPath (RFC 9535) that rules need: names, indexes (negative from the end), `*`, and `..` before a name or `*`. */
export interface JsonPath {
  readonly source: string;
  /** Every value that the path leads to, in document order. */
  find(value: unknown): readonly unknown[];
}

const STEP =
  /(?<dots>\.\.?)(?:(?<name>[A-Za-z_$][\w$-]*)|(?<star>\*))|(?<deep>\.\.)?\[(?:(?<index>-?\d+)|(?<all>\*)|'(?<single>[^']*)'|"(?<double>[^"]*)")\]/y;

function stepOf(groups: Readonly<Record<string, string | undefined>>): Step {
  const deep = groups['dots'] === '..' || groups['deep'] !== undefined;
  const { index } = groups;
  if (index !== undefined) return { kind: 'index', index: Number(index), deep };
  const name = groups['name'] ?? groups['single'] ?? groups['double'];
  return name === undefined ? { kind: 'all', deep } : { kind: 'name', name, deep };
}

function children(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function* descendants(value: unknown): Generator {
  yield value;
  for (const child of children(value)) yield* descendants(child);
}

function taken(step: Step, value: unknown): readonly unknown[] {
  if (step.kind === 'all') return children(value);
  if (step.kind === 'name') return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
  if (!Array.isArray(value)) return [];
  const at = step.index < 0 ? value.length + step.index : step.index;
  return at >= 0 && at < value.length ? [value[at]] : [];
}

/** Reads a path such as `$.messages[-1].content`; throws {@link InvalidInput} that shows where it ends to be one. */
export function jsonPathAt(source: string, field: string): JsonPath {
  if (!source.startsWith('$')) throw new InvalidInput(field, 'a JSONPath that begins with $', source);
  const pattern = new RegExp(STEP);
  const steps: Step[] = [];
  let at = 1;
  while (at < source.length) {
    pattern.lastIndex = at;
    const groups = pattern.exec(source)?.groups;
    if (groups === undefined) {
      throw new InvalidInput(field, "a JSONPath of .name, [index], *, .. and ['name']", source.slice(at));
    }
    steps.push(stepOf(groups));
    at = pattern.lastIndex;
  }
  return {
    source,
    find: (value) =>
      steps.reduce<readonly unknown[]>(
        (found, step) =>
          found.flatMap((one) =>
            step.deep ? [...descendants(one)].flatMap((inner) => taken(step, inner)) : taken(step, one),
          ),
        [value],
      ),
  };
}
