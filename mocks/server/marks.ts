import type { DialectRequest } from '../dialects/reply.ts';
import type { ModelFault } from './faults/selection.ts';
import { takeModelFault } from './faults/selection.ts';
import type { BodyTenant } from './tenant-selection.ts';
import { takeBodyTenant } from './tenant-selection.ts';

type Params = DialectRequest['params'];

const NO_PARAMS: Params = {};

/** Body and path without what they say to the mock alone. */
interface Bare {
  readonly body: unknown;
  readonly params: Params;
}

/** Takes the tenant out of a body and out of the model that a path names. Throws InvalidInput. */
export function takeTenant(body: unknown, params: Params = NO_PARAMS): Bare & Pick<BodyTenant, 'tenant'> {
  const inBody = takeBodyTenant(body);
  const inPath = takeBodyTenant(params);
  return { body: inBody.body, params: inPath.body as Params, tenant: inBody.tenant ?? inPath.tenant };
}

/** Takes the fault off the model, where a body or a path names it. Throws InvalidInput. */
export function takeFault(body: unknown, params: Params): Bare & Pick<ModelFault, 'fault'> {
  const inBody = takeModelFault(body);
  const inPath = takeModelFault(params);
  return { body: inBody.body, params: inPath.body as Params, fault: inBody.fault ?? inPath.fault };
}
