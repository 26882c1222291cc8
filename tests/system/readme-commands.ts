import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How a shell command of a document is tried. `run`: as it stands. `start`: it starts a proxy or a mock. `command`: another command of
 * llmproxy, run to its end in an empty folder. `vitest`: it runs the tests that the document shows. `known`: what it names is there.
 * `agent`: as it stands, where the program is installed.
 */
export type Trial =
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'agent'; readonly program: string; readonly command: string }
  | { readonly kind: 'start'; readonly args: readonly string[] }
  | { readonly kind: 'command'; readonly args: readonly string[] }
  | { readonly kind: 'vitest' }
  | { readonly kind: 'known'; readonly fault: string | undefined };

export interface Repository {
  readonly root: string;
  readonly scripts: Readonly<Record<string, string>>;
}

/** Programs that are no dependencies of this project. */
const AGENT = /^(claude|codex|gemini)\s/;
const ENVIRONMENT = /^(?:[A-Z_]+=\S*\s+)+/;

/** The commands of a block: continued lines joined, comments and prompts taken off. */
export function commandsOf(code: string): string[] {
  return code
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/\s+#\s.*$/, '')
        .trim(),
    )
    .flatMap((line) => (line.startsWith('npm ') ? line.split(' && ') : [line]))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A block of calls to a running proxy is one script: its commands may share variables and here-documents. */
export function runsWhole(code: string): boolean {
  return /\bcurl\b/.test(code) && !/^\s*(?:npm|npx|docker)\b/m.test(code);
}

interface Row {
  readonly form: RegExp;
  readonly trial: (match: RegExpExecArray, source: Repository & { readonly command: string }) => Trial;
}

const KNOWN: Trial = { kind: 'known', fault: undefined };

const present = (file: string, { root }: Repository): Trial =>
  existsSync(join(root, file)) ? KNOWN : { kind: 'known', fault: `there is no ${file}` };

const script = (name: string, { scripts }: Repository): Trial =>
  name in scripts ? KNOWN : { kind: 'known', fault: `package.json has no script ${name}` };

/** The first row that fits decides. */
const TABLE: readonly Row[] = [
  { form: /^curl\s/, trial: ({ input }) => ({ kind: 'run', command: input }) },
  { form: AGENT, trial: ([, program = ''], { command }) => ({ kind: 'agent', program, command }) },
  { form: /^npm start(?:\s+--\s+(.*))?$/, trial: ([, args]) => ({ kind: 'start', args: words(args) }) },
  { form: /^npx vitest run$/, trial: () => ({ kind: 'vitest' }) },
  { form: /^(?:npx\s+)?llmproxy\s+((?:check|init).*)$/, trial: ([, args]) => ({ kind: 'command', args: words(args) }) },
  // tests/system/cache-warm.test.ts runs it.
  { form: /^npx llmproxy cache warm \S+\.jsonl --url \S+/, trial: () => KNOWN },
  { form: /^(?:npx\s+)?llmproxy(?:\s+(.*))?$/, trial: ([, args]) => ({ kind: 'start', args: words(args) }) },
  { form: /^npm (test)\b/, trial: ([, name = ''], repository) => script(name, repository) },
  { form: /^npm run (\S+)/, trial: ([, name = ''], repository) => script(name, repository) },
  { form: /^docker compose\b/, trial: (_match, repository) => present('docker-compose.yml', repository) },
  { form: /^docker (?:build|run)\b/, trial: (_match, repository) => present('Dockerfile', repository) },
  { form: /^(?:npm (?:ci|install|i|pack)|pip install|git clone|cd|export|cp)\b/, trial: () => KNOWN },
];

export function trialOf(command: string, repository: Repository): Trial {
  const bare = command.replace(ENVIRONMENT, '').replace(/\s&$/, '');
  for (const { form, trial } of TABLE) {
    const match = form.exec(bare);
    if (match !== null) return trial(match, { ...repository, command });
  }
  return { kind: 'known', fault: `tests/system/readme.test.ts knows no way to try \`${command}\`` };
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Sends what a document sends to its example address to the proxy of this run. */
export function retarget(code: string, url: string): string {
  return code.replaceAll(/http:\/\/(?:127\.0\.0\.1|localhost):4000/g, url);
}

/** The arguments of a start command, with the port freed and a ready line that a test can read. */
export function testable(args: readonly string[]): string[] {
  const kept = args.filter((word, index) => word !== '--port' && args[index - 1] !== '--port' && word !== '--json');
  return [...kept, '--port', '0', '--json'];
}
