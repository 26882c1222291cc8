/**
 * The names that readers of forms may see in a Content-Disposition: they differ in whether a backslash escapes and
 * whether percent signs are decoded. Undefined for the extended forms `name*` and `name*0` (RFC 2231), which some read and
 * some do not.
 */
export function namesInDisposition(value: string): readonly string[] | undefined {
  const parameters = [...parametersOf(value, true), ...parametersOf(value, false)];
  if (parameters.some(({ name }) => name.startsWith('name*'))) return undefined;
  const written = parameters.filter(({ name }) => name === 'name').map((parameter) => parameter.value);
  return [...new Set(written.flatMap((name) => [name, percentDecoded(name)]))];
}

interface Parameter {
  readonly name: string;
  readonly value: string;
}

function parametersOf(value: string, escapes: boolean): Parameter[] {
  const found: Parameter[] = [];
  let at = value.indexOf(';');
  while (at !== -1) {
    const equals = value.indexOf('=', at);
    if (equals === -1) break;
    // What stands before the last semicolon has no value and names nothing.
    const name =
      value
        .slice(at + 1, equals)
        .split(';')
        .at(-1) ?? '';
    const { text, end } = parameterValue(value, equals + 1, escapes);
    found.push({ name: name.trim().toLowerCase(), value: text });
    at = value.indexOf(';', end);
  }
  return found;
}

function parameterValue(value: string, from: number, escapes: boolean): { text: string; end: number } {
  let at = from;
  while (value[at] === ' ' || value[at] === '\t') at += 1;
  if (value[at] !== '"') {
    const semicolon = value.indexOf(';', at);
    const end = semicolon === -1 ? value.length : semicolon;
    return { text: value.slice(at, end).trim(), end };
  }
  let text = '';
  for (at += 1; at < value.length && value[at] !== '"'; at += 1) {
    if (escapes && value[at] === '\\' && at + 1 < value.length) at += 1;
    text += value[at] ?? '';
  }
  return { text, end: at };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
