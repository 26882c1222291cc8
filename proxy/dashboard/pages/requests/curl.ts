import type { ExchangeAnswer } from '../../api/exchanges.ts';
import { quoted } from '../../format.ts';

/** Control characters but tab and line ends: a terminal that they are pasted into may act on them. */
const ACTED_ON = /[^\P{Cc}\t\n\r]/u;

/** An exchange once more, for a terminal, with a variable in place of the key. What clients wrote is one argument each, whatever it holds. */
export function curlOf(one: Pick<ExchangeAnswer, 'method' | 'path' | 'bodies'>, origin: string): string {
  const { method, path, bodies } = one;
  const head = `curl --globoff -X ${method} ${quoted(origin + path)} \\\n  -H "authorization: Bearer $LLMPROXY_KEY"`;
  if (method === 'GET') return head;
  const { text = null, cut = true } = bodies?.request ?? {};
  const isShown = text !== null && !cut && !ACTED_ON.test(text);
  // `--data-raw`: with any other option a body that begins with @ names a file that is sent.
  const data = isShown ? `--data-raw ${quoted(text)}` : '--data-binary @request.json';
  return `${head} \\\n  -H 'content-type: application/json' \\\n  ${data}`;
}
