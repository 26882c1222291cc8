/** The labels of one series as Prometheus text, without the braces. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, index) => `${name}="${quote(values[index] ?? '')}"`).join(',');
}

/** The two lines in front of the series of a metric. */
export function headText(name: string, help: string, type: 'counter' | 'gauge' | 'histogram'): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function quote(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? String.raw`\n` : `\\${character}`));
}
