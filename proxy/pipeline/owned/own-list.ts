import { ProxyError } from '../../core/errors.ts';
import type { RequestContext } from '../context.ts';
import { respond } from '../respond.ts';
import type { Runtime } from '../runtime.ts';
import { type ListItem, type ListPage, readPage, writePage } from './list-page.ts';
import { objectPath } from './object-path.ts';
import { callerOf, isOwn } from './ownership.ts';
import { PageCollector } from './page-collector.ts';

/** Pages of an endpoint's list that are looked through for one page of a caller's. */
const MOST_PAGES = 20;
/** Elements of a further page. */
const PAGE_ITEMS = '100';
const INCOMPLETE = 'x-llmproxy-incomplete';

/** Whether the answer lists things of several callers. */
export function listsObjects({ head, protocol }: RequestContext, { governed }: Runtime): boolean {
  if (!governed || head.method !== 'GET') return false;
  const path = objectPath(head, protocol.family);
  return path !== undefined && path.root === undefined;
}

/**
 * Passes on of a list what is the caller's own. A page without anything of the caller's would end the list for its client:
 * further pages are asked for, in a bounded number. `again` begins a request for another page. Throws ProxyError
 * `route_blocked` for an answer that is no list.
 */
export async function respondOwnList(
  context: RequestContext,
  runtime: Runtime,
  again: (query: string) => Promise<void>,
): Promise<void> {
  const client = context.responder;
  const asked = new URLSearchParams(context.head.query);
  const limit = limitOf(asked);
  const cursor = context.protocol.family === 'anthropic' ? 'after_id' : 'after';
  const isBackwards = asked.has('before') || asked.has('before_id');
  const own: ListItem[] = [];
  for (let pages = 1; ; pages += 1) {
    const collector = new PageCollector(client);
    // oxlint-disable-next-line no-await-in-loop -- a page names the next one
    await collect(context, runtime, collector);
    if (context.left) return;
    if (collector.isCut || collector.status !== 200) {
      passOn(context, collector);
      return;
    }
    const page = pageOf(collector);
    // oxlint-disable-next-line no-await-in-loop -- see above
    own.push(...(await ownOf(context, runtime, page)));
    const last = page.items.at(-1)?.id;
    const isUnfinished = page.hasMore && own.length === 0 && !isBackwards;
    if (!isUnfinished || last === undefined || pages === MOST_PAGES) {
      send(context, collector, { page, own, limit, isIncomplete: isUnfinished });
      return;
    }
    asked.set(cursor, last);
    asked.set('limit', PAGE_ITEMS);
    // oxlint-disable-next-line no-await-in-loop -- see above
    await again(asked.toString());
  }
}

function limitOf(asked: URLSearchParams): number {
  const limit = Number(asked.get('limit') ?? Number.NaN);
  return Number.isInteger(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
}

async function collect(context: RequestContext, runtime: Runtime, collector: PageCollector): Promise<void> {
  const client = context.responder;
  context.responder = collector;
  try {
    await respond(context, runtime);
  } finally {
    context.responder = client;
  }
}

function pageOf({ body }: PageCollector): ListPage {
  const page = body && readPage(body);
  if (page) return page;
  const message = 'The answer is no list that could be narrowed to what belongs to this caller.';
  throw new ProxyError('route_blocked', message);
}

async function ownOf(context: RequestContext, { governed }: Runtime, { items }: ListPage): Promise<ListItem[]> {
  const ids = items.flatMap(({ id }) => id ?? []);
  const found = await governed?.owners.find(ids);
  const caller = callerOf(context);
  return items.filter(({ id }) => id !== undefined && isOwn(caller, found?.get(id)));
}

function passOn({ responder }: RequestContext, { status, headers, body, isCut }: PageCollector): void {
  if (status === 0) {
    responder.cut();
    return;
  }
  responder.head(status, headers);
  if (body) responder.write(body);
  if (isCut || !body) responder.cut();
  else responder.end();
}

interface Found {
  /** The last page that was looked through. */
  readonly page: ListPage;
  readonly own: readonly ListItem[];
  /** Elements that the client asked for, at the most. */
  readonly limit: number;
  /** There are more pages than were looked through, and nothing of the caller's was found. */
  readonly isIncomplete: boolean;
}

function send({ responder }: RequestContext, { headers }: PageCollector, found: Found): void {
  const { page, own, limit, isIncomplete } = found;
  const shown = own.slice(0, limit);
  const hasMore = shown.length > 0 && (page.hasMore || own.length > shown.length);
  const body = writePage(page, shown, hasMore);
  const kept = headers.flatMap((text, index) => {
    const name = headers[index - (index % 2)]?.toLowerCase() ?? '';
    return name === 'content-length' || name === 'etag' ? [] : [text];
  });
  const note = isIncomplete ? [INCOMPLETE, 'pages'] : [];
  responder.head(200, [...kept, ...note, 'content-length', String(body.length)]);
  responder.end(body);
}
