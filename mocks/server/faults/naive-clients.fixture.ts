import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import OpenAI from 'openai';

/** What a naive client is pointed at. */
export interface NaiveCall {
  readonly url: string;
  readonly port: number;
  /** Value of `x-mock-fault`; absent: no fault. */
  readonly fault?: string;
  readonly signal?: AbortSignal;
}

/** A client that believes in good weather. Resolves to what it made of the answer. */
export type NaiveClient = (call: NaiveCall) => Promise<unknown>;

const MODEL = 'gpt-4o-mini';
const QUESTION = 'Où est le café ☕ de la gare ?';
const CHAT = { model: MODEL, messages: [{ role: 'user', content: QUESTION }] };
const CHAT_PATH = '/v1/chat/completions';

function headersFor({ fault }: NaiveCall): Record<string, string> {
  return { 'content-type': 'application/json', ...(fault !== undefined && { 'x-mock-fault': fault }) };
}

async function post(call: NaiveCall, body: object, path = CHAT_PATH): Promise<Response> {
  const { url, signal } = call;
  const init = { method: 'POST', headers: headersFor(call), body: JSON.stringify(body) };
  return fetch(`${url}${path}`, { ...init, ...(signal && { signal }) });
}

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string | null } }[];
}

function contentOf(completion: Completion): string {
  return completion.choices[0]?.message.content ?? missing('choices');
}

function missing(what: string): never {
  throw new TypeError(`Cannot read properties of undefined (reading '${what}')`);
}

interface Chunk {
  readonly choices: readonly {
    readonly delta: { readonly role?: string; readonly content?: string };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly total_tokens: number };
}

/** Adds up chunks, as the first hit of a search for "parse openai stream" does. */
class NaiveSum {
  text = '';
  role: string | undefined;
  finish: string | null | undefined;
  done = 0;

  take(block: string): void {
    const data = block.slice(6);
    if (data === '[DONE]') {
      this.done += 1;
      return;
    }
    const [choice] = (JSON.parse(data) as Chunk).choices;
    if (choice === undefined) missing('delta');
    this.role ??= choice.delta.role;
    this.finish = choice.finish_reason;
    if ('content' in choice.delta) this.text += String(choice.delta.content);
  }

  takeAll(text: string): this {
    for (const block of text.split('\n\n')) if (block !== '') this.take(block);
    return this;
  }
}

async function streamed(call: NaiveCall): Promise<Response> {
  return post(call, { ...CHAT, stream: true });
}

/** Asks for JSON and takes `choices[0].message.content`. */
export const json: NaiveClient = async (call) => contentOf((await (await post(call, CHAT)).json()) as Completion);

/** Looks at the content type first, but only for one spelling. */
export const strictType: NaiveClient = async (call) => {
  const response = await post(call, CHAT);
  const type = response.headers.get('content-type');
  if (type !== 'application/json') throw new Error(`unexpected content type: ${type}`);
  return contentOf((await response.json()) as Completion);
};

/** Waits before it comes again, for as long as `retry-after` says. */
export const obedient: NaiveClient = async (call) => {
  const response = await post(call, CHAT);
  if (response.status !== 429) return 0;
  const seconds = Number(response.headers.get('retry-after') ?? missing('retry-after'));
  if (!Number.isInteger(seconds)) throw new RangeError(`cannot wait for ${seconds} s`);
  return seconds;
};

/** The whole body at once, then `split('\n\n')`. */
export const stream: NaiveClient = async (call) => {
  const bytes = await (await streamed(call)).arrayBuffer();
  return new NaiveSum().takeAll(Buffer.from(bytes).toString());
};

/** Leaves out what does not begin with `data: `. */
export const skipping: NaiveClient = async (call) => {
  const bytes = await (await streamed(call)).arrayBuffer();
  const sum = new NaiveSum();
  for (const block of Buffer.from(bytes).toString().split('\n\n')) if (block.startsWith('data: ')) sum.take(block);
  return sum;
};

/** An event is what ends with a blank line; the answer is over at `[DONE]`. */
export const blankLines: NaiveClient = async (call) => {
  const events = (await (await streamed(call)).text()).split('\n\n');
  events.pop();
  const sum = new NaiveSum();
  for (const event of events) sum.take(event);
  if (sum.done === 0) throw new Error('the stream ended without [DONE]');
  return sum;
};

/** Bills what the last chunk says. */
export const billing: NaiveClient = async (call) => {
  const response = await post(call, { ...CHAT, stream: true, stream_options: { include_usage: true } });
  const blocks = (await response.text()).split('\n\n').filter((block) => block.startsWith('data: {'));
  const last = JSON.parse(blocks.at(-1)?.slice(6) ?? '') as Chunk;
  return last.usage?.total_tokens ?? missing('total_tokens');
};

interface ResponsesEvent {
  readonly type: string;
  readonly delta?: string;
  readonly response?: { readonly status: string; readonly usage: { readonly total_tokens: number } | null };
}

/** Adds up the deltas of a Responses stream and takes the usage from its end. */
export const responses: NaiveClient = async (call) => {
  const response = await post(call, { model: MODEL, input: QUESTION, stream: true }, '/v1/responses');
  let text = '';
  let tokens: number | undefined;
  for (const block of (await response.text()).split('\n\n')) {
    if (block === '') continue;
    const event = JSON.parse(block.split('\n')[1]?.slice(6) ?? '') as ResponsesEvent;
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (event.type === 'response.completed') tokens = event.response?.usage?.total_tokens;
  }
  return { text, tokens: tokens ?? missing('total_tokens') };
};

type Answer = (response: IncomingMessage) => Promise<unknown>;

/** `node:http`, which decodes nothing and hands out every chunk in a read of its own. */
function overNodeHttp(body: object, read: Answer): NaiveClient {
  return async (call) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const { signal } = call;
    const options = { method: 'POST', headers: headersFor(call), agent: false, ...(signal && { signal }) } as const;
    const request = httpRequest(`${call.url}${CHAT_PATH}`, options, (response) => {
      read(response).then(resolve, reject);
    });
    request.on('error', reject).end(JSON.stringify(body));
    return promise;
  };
}

const STREAMED = { ...CHAT, stream: true };

export const nodeJson = overNodeHttp(CHAT, async (response) =>
  contentOf(JSON.parse((await buffer(response)).toString()) as Completion),
);

export const nodeStream = overNodeHttp(STREAMED, async (response) =>
  new NaiveSum().takeAll((await buffer(response)).toString()),
);

/** What `take` throws ends it; `once`: so does the first read. */
function readEach(response: IncomingMessage, take: (read: string) => void, once = false): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  response.on('data', (read: Buffer) => {
    try {
      take(read.toString());
      if (once) resolve();
    } catch (error) {
      reject(error);
    }
  });
  response.on('end', resolve).on('error', reject);
  return promise;
}

/** Every read is whole events in whole characters. */
export const reads = overNodeHttp(STREAMED, async (response) => {
  const sum = new NaiveSum();
  await readEach(response, (read) => void sum.takeAll(read));
  return sum;
});

/** Decodes every read by itself, and looks for events when all is there. */
export const decodedReads = overNodeHttp(STREAMED, async (response) => {
  let text = '';
  await readEach(response, (read) => void (text += read));
  return new NaiveSum().takeAll(text);
});

/** The first read is the answer. */
export const firstRead = overNodeHttp(STREAMED, async (response) => {
  const texts: string[] = [];
  await readEach(response, (read) => void texts.push(read), true);
  return new NaiveSum().takeAll(texts[0] ?? '');
});

/** Every read is one event. */
export const readPerEvent = overNodeHttp(STREAMED, async (response) => {
  const sum = new NaiveSum();
  await readEach(response, (read) => sum.take(read.trimEnd()));
  return sum;
});

function requestBytes(call: NaiveCall): string {
  const payload = JSON.stringify(CHAT);
  const lines = Object.entries(headersFor(call)).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(payload);
  return `POST ${CHAT_PATH} HTTP/1.1\r\nhost: x\r\n${lines.join('')}content-length: ${length}\r\n\r\n${payload}`;
}

/** HTTP as one remembers it: a status line, a head, chunks of `HEX CR LF`. */
function handmadeContent(answer: string): string {
  const status = answer.split(' ')[1];
  if (status !== '200') throw new Error(`unexpected status ${status}`);
  const chunks = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  const body = chunks.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').trimEnd();
  return contentOf(JSON.parse(body) as Completion);
}

/** Writes requests one after the other on the same socket; an answer is over when the last chunk has come. */
function overSocket(times: number): NaiveClient {
  return async (call) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const socket = connect(call.port, '127.0.0.1');
    let answer = '';
    let left = times;
    const ask = (): void => {
      answer = '';
      left -= 1;
      socket.write(requestBytes(call));
    };
    socket.on('data', (read) => {
      answer += read.toString();
      if (!answer.endsWith('0\r\n\r\n')) return;
      if (left > 0) ask();
      else resolve(answer);
    });
    socket.on('error', reject).on('close', () => reject(new Error(`socket closed after ${answer.length} characters`)));
    ask();
    try {
      return handmadeContent(await promise);
    } finally {
      socket.destroy();
    }
  };
}

export const handmade = overSocket(1);
export const handmadeTwice = overSocket(2);

/** Asks a second time, on the connection that is there. */
export const jsonTwice: NaiveClient = async (call) => [await json(call), await json(call)];

function sdkOf({ url }: NaiveCall): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-test', maxRetries: 0 });
}

const MESSAGES: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: QUESTION }];

/** The official SDK, which parses only what says that it is JSON. */
export const sdkJson: NaiveClient = async (call) => {
  const options = { headers: headersFor(call), ...(call.signal && { signal: call.signal }) };
  return contentOf(await sdkOf(call).chat.completions.create({ model: MODEL, messages: MESSAGES }, options));
};

/** The official SDK, iterated to the end: it does not say whether the end was one. */
export const sdkStream: NaiveClient = async (call) => {
  const options = { headers: headersFor(call) };
  const body = { model: MODEL, messages: MESSAGES, stream: true } as const;
  let text = '';
  for await (const chunk of await sdkOf(call).chat.completions.create(body, options)) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  return text;
};
