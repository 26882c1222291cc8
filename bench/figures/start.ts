import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchProxy } from '../llmproxy.ts';
import { coresOf } from '../machine.ts';
import { launch, type Program } from '../programs.ts';
import { tempFolder } from '../temp-folder.ts';
import { type FigureBench, note, upstreamUrl } from './measurement.ts';
import type { FigureId } from './ids.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Milliseconds from start to ready line: from source, and as it is published. */
export async function startTimes(bench: FigureBench): Promise<void> {
  const url = upstreamUrl(bench.harness);
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'tools/build.ts')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the build failed: ${stderr.slice(0, 200)}`);
  const folder = tempFolder();
  const taken = async (id: FigureId, program: Program): Promise<void> => {
    note(bench, id, Math.round(program.readyMs));
    await program.stop();
  };
  const bundled = (): Promise<Program> => {
    const args = [join(root, 'dist/proxy/bin.js'), '--config', join(root, 'llmproxy.yaml'), '--port', '0', '--json'];
    return launch({ command: process.execPath, args, core: coresOf().server });
  };
  for (let round = 0; round < (bench.quick ? 3 : 7); round++) {
    await taken('start-source-ms', await launchProxy(url, { folder }));
    await taken('start-built-ms', await launchProxy(url, { folder, entry: join(root, 'dist/proxy/bin.js') }));
    await taken('start-bundled-ms', await bundled());
  }
}
