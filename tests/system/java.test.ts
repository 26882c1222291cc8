import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startBed } from './bed.ts';

const run = promisify(execFile);
/** A JDK starts a single source file by itself; a mere JRE has no compiler. */
const hasJdk = spawnSync('java', ['--list-modules'], { encoding: 'utf8' }).stdout?.includes('jdk.compiler') ?? false;
const PATIENCE_MS = 60_000;

/** Java's default client, which offers `h2c` with the first request on every plain connection. */
const SOURCE = `
import java.net.URI;
import java.net.http.*;
public class Ask {
  public static void main(String[] args) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    for (int i = 1; i < args.length; i += 2) {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(args[0] + args[i]));
      if (args[i + 1].isEmpty()) request.GET();
      else request.header("content-type", "application/json").POST(HttpRequest.BodyPublishers.ofString(args[i + 1]));
      HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      System.out.println(answer.version() + " " + answer.statusCode() + " " + answer.body().length());
    }
  }
}
`;

test('Java’s client as it comes is answered on every kind of route', { timeout: PATIENCE_MS }, async (context) => {
  if (!hasJdk) context.skip('needs a JDK (java) on the PATH');
  await using bed = await startBed();
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-java-'));
  try {
    const file = join(folder, 'Ask.java');
    await writeFile(file, SOURCE);
    const messages = [{ role: 'user', content: 'Hello from Java' }];
    const body = JSON.stringify({ model: 'gpt-4o-mini', messages });
    const stream = JSON.stringify({ model: 'gpt-4o-mini', messages, stream: true });
    const asked = ['/v1/chat/completions', body, '/v1/chat/completions', stream, '/v1/models', '', '/v1/files', '', '/health', '']; // prettier-ignore
    const { stdout } = await run('java', [file, bed.url, ...asked], { timeout: PATIENCE_MS });
    expect(stdout.trim().split('\n')).toEqual(Array(5).fill(expect.stringMatching(/^HTTP_1_1 200 [1-9]\d*$/)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
