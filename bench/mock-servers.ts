import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ANSWER, ANSWER_PIECE_CHARACTERS, ENDLESS_ANSWER, ENDLESS_QUESTION, QUESTION } from './mock-cases.ts';
import type { MockServerName } from './mock-results.ts';
import { coresOf } from './machine.ts';
import { freePort, launch, type Program } from './programs.ts';
import { tempFolder } from './temp-folder.ts';

export type MockLaunchers = Readonly<Record<MockServerName, () => Promise<Program>>>;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

function fixtures(): string {
  const file = join(tempFolder(), 'fixtures.json');
  const answers = { [QUESTION]: ANSWER, [ENDLESS_QUESTION]: ENDLESS_ANSWER };
  const list = Object.entries(answers).map(([userMessage, content]) => ({
    match: { userMessage },
    response: { content },
  }));
  writeFileSync(file, JSON.stringify({ fixtures: list }));
  return file;
}

/** How to start each mock by its command line, pinned to core 0, as quiet as it can be. */
export function mockLaunchers(): MockLaunchers {
  const file = fixtures();
  const script = (...args: string[]): Promise<Program> =>
    launch({ command: process.execPath, args, core: coresOf().server });
  return {
    bare: () => script(here('bare.ts')),
    aimock: async () => {
      const port = await freePort();
      const cli = here('node_modules/@copilotkit/aimock/dist/cli.js');
      const size = String(ANSWER_PIECE_CHARACTERS);
      const args = [cli, '-p', String(port), '-f', file, '-c', size, '--log-level', 'silent'];
      return launch({ command: process.execPath, args, core: coresOf().server, port });
    },
    llmproxy: () => script(here('../proxy/bin.ts'), 'mock', '--port', '0', '--json'),
  };
}

/** Tells our mock what aimock reads from its fixtures. */
export async function teachEndless(server: Program): Promise<void> {
  const rule = { match: { text: ENDLESS_QUESTION }, reply: { text: ENDLESS_ANSWER } };
  const url = `http://127.0.0.1:${server.port}/__mock/answers`;
  const headers = { 'content-type': 'application/json' };
  const { ok, status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(rule) });
  if (!ok) throw new Error(`the mock refused the rule of the endless answer: ${status}`);
}
