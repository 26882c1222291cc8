import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { chat } from './ask.ts';
import { startApp, statsOf } from './bed.ts';
import { postText, send } from './http.ts';
import { modelsAt, startUpstream } from './upstream.ts';

const MIB = 1024 * 1024;
const PATH = '/v1/chat/completions';
/** More than a connection takes whose client does not read. */
const HUGE = 14 * MIB;

/** A JSON answer with so many bytes of content; other bytes for another question. */
function answerTo(question: string, bytes: number): Buffer {
  const word = createHash('sha256').update(question).digest('hex');
  const content = word.repeat(Math.ceil(bytes / word.length)).slice(0, bytes);
  const message = { role: 'assistant', content };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  return Buffer.from(JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', choices }));
}

test.each(['are evicted', 'are purged', 'of their model are purged'])(
  'answers from memory reach a slow client whole, though their entries %s meanwhile',
  async (what) => {
    // The question says how long its answer is.
    await using upstream = await startUpstream((response, { body }) => {
      const { messages } = JSON.parse(body.toString()) as { messages: [{ content: string }] };
      const question = messages[0].content;
      const bytes = answerTo(question, Number(question.split(' ')[0]));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
    });
    const app = await startApp({ cache: { memory: '24MiB', max_entry: '16MiB' }, ...modelsAt([upstream]) });
    const url = `${app.url}${PATH}`;
    const ask = async (question: string): Promise<string> =>
      String((await send(url, { body: chat(question) })).headers['x-llmproxy-cache']);
    const questions = [`${HUGE} first`, '27000 second', '20000 third', '500 fourth'];
    const slow = connect(Number(new URL(app.url).port), '127.0.0.1');
    const received: Buffer[] = [];
    try {
      // Thrice, so that they are also among what is at hand.
      for (const question of [...questions, ...questions, ...questions]) await ask(question);
      slow.write(questions.map((question) => postText(PATH, chat(question))).join(''));
      await expect
        .poll(async () => (await statsOf(app.url)).cache['found_in'])
        .toEqual({ memory: 3 * questions.length, redis: 0 });
      if (what !== 'are evicted') {
        const query = what === 'are purged' ? '' : '?model=gpt-4o-mini';
        expect((await fetch(`${app.url}/cache${query}`, { method: 'DELETE' })).status).toBe(200);
      }
      // The memory has room for one of the two; what follows is written where the answers were.
      for (const name of ['a', 'b']) await ask(`${HUGE} filler ${name}`);
      const fillers = Array.from({ length: 120 }, (_none, at) => `${[500, 20_000, 27_000][at % 3]} filler ${at}`);
      await Promise.all(fillers.map((filler) => ask(filler)));
      expect(slow.bytesRead).toBeLessThan(MIB);
      slow.on('data', (chunk) => received.push(chunk));
      const wanted = questions.map((question) => answerTo(question, Number(question.split(' ')[0])).toString());
      await expect.poll(() => received.at(-1)?.includes(wanted.at(-1)!), { timeout: 10_000 }).toBe(true);
      const text = Buffer.concat(received).toString();
      const heads = text.match(/x-llmproxy-cache: \w+/g);
      expect(heads).toEqual(questions.map(() => 'x-llmproxy-cache: hit'));
      for (const question of questions) expect(await ask(question)).toBe('miss');
      const bodies = text.split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/);
      expect(bodies.map(({ length }) => length)).toEqual([0, ...wanted.map(({ length }) => length)]);
      for (const [at, body] of wanted.entries()) expect(bodies[at + 1] === body).toBe(true);
    } finally {
      slow.destroy();
      await app.close();
    }
  },
  60_000,
);
