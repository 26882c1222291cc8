import { InvalidInput, stringAt } from '../rules/check.ts';
import type { Command, Exit, Print } from './command.ts';
import { commandOf, portAt, urlAt } from './command.ts';
import type { Serving } from './serve.ts';
import { addServingOptions, serve } from './serve.ts';

interface RecordOptions extends Serving {
  readonly target?: string;
  readonly out?: string;
  readonly port: string;
  readonly host?: string;
  readonly ignore?: string;
}

export function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((item) => item.trim());
}

/** `llmproxy mock record`. */
export function recordCommand(exit: Exit, print: Print): Command {
  const command = commandOf('record', 'write what passes through it to a cassette', print)
    .option('--target <url>', 'where requests go, with or without /v1')
    .option('--out <file>', 'the cassette; what is in it already stays. Secrets are never written')
    .option('--port <n>', 'port to listen on; 0: a free one', '0')
    .option('--host <address>', 'address to listen on; default 127.0.0.1')
    .option('--ignore <list>', 'fields that do not count when the cassette is played: metadata, messages.*.name');
  return addServingOptions(command).action(async (options: RecordOptions) => {
    const { host, ignore, out } = options;
    if (out === undefined) throw new InvalidInput('--out', 'a file', out);
    const recorder = {
      target: urlAt(options.target, '--target'),
      file: stringAt(out, '--out'),
      port: portAt(options.port, '--port'),
      host,
      ignore: listOf(ignore),
    };
    const { startRecorder } = await import('../cassettes/recorder.ts');
    await serve('mock record', options, [await startRecorder(recorder)]);
    exit(0);
  });
}
