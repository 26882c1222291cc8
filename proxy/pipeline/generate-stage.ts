import { ProxyError } from '../core/errors.ts';
import type { RequestContext } from './context.ts';
import type { GatewayStages } from './gateway/stages.ts';
import type { Runtime } from './runtime.ts';

type Run = (context: RequestContext, runtime: Runtime) => void | Promise<void>;

/** A stage of `/api/v1/generate`. It throws ProxyError `unknown_url` where no service has a key. */
export function generateStage(name: keyof GatewayStages): Run {
  return (context, runtime) => {
    const gateway = runtime.governed?.gateway;
    if (gateway === undefined) throw new ProxyError('unknown_url', 'Not Found');
    return gateway.stages[name](context, runtime, gateway);
  };
}
