export type Path = readonly (string | number)[];

const PLAIN = /^[\w*-]+$/;

/** `['models', 'gpt-4.1', 'endpoints', 0]` → `models["gpt-4.1"].endpoints[0]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!PLAIN.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}
