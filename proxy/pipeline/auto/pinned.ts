import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';

/** The model that made the response which the request goes on from; undefined where it goes on from none, or that is not known. */
export async function pinnedModel(context: RequestContext, runtime: Runtime): Promise<string | undefined> {
  const { facts, socket } = context;
  const id = facts?.previousResponseId;
  if (id === undefined) return undefined;
  const here = socket?.kind === 'frame' ? socket.maker(id)?.endpoint : undefined;
  return here === undefined ? modelOfResponse(id, runtime) : modelAt(here, runtime);
}

/** The model that made the response of that id; undefined where it is not known. */
export async function modelOfResponse(id: string, runtime: Runtime): Promise<string | undefined> {
  const endpoint = await endpointOf(id, runtime);
  return endpoint === undefined ? undefined : modelAt(endpoint, runtime);
}

function modelAt(endpoint: string, runtime: Runtime): string | undefined {
  return runtime.models.find(({ router }) => router.endpoints.some((one) => one.id === endpoint))?.name;
}

async function endpointOf(id: string, { affinity, governed }: Runtime): Promise<string | undefined> {
  const known = await affinity.find([id]);
  if (known !== undefined || governed === undefined) return known;
  return (await governed.owners.find([id])).get(id)?.endpoint;
}
