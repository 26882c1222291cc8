import type { ExchangeAnswer } from '../../api/exchanges.ts';
import { quoted } from '../../format.ts';

/** Control characters but tab and line ends: a terminal that they are pasted into may act on them. */
const ACTED_ON = /[^\P{Cc}\t\n\r]/u;
type Asked = Pick<ExchangeAnswer, 'method' | 'path' | 'bodies'>;

/** An exchange once more, for a terminal, with a variable in place of the key. What clients wrote is one argument each, and never a file (`@`). */
export function curlOf({ method, path, bodies }: Asked, origin: string): string {
  const head = `curl --globoff -X ${method} ${quoted(origin + path)} \\\n  -H "authorization: Bearer $LLMPROXY_KEY"`;
  if (method === 'GET') return head;
  const { text = null, cut = true } = bodies?.request ?? {};
  const data = text === null || cut || ACTED_ON.test(text) ? '--data-binary @request.json' : `--data-raw ${quoted(text)}`;
  return `${head} \\\n  -H 'content-type: application/json' \\\n  ${data}`;
}
