import { type Request, type RequestHandler, Router } from 'express';

import { countCodePoints } from '../../auto/code-points.ts';
import { DetailFault } from '../../core/detail-fault.ts';
import type { JsonObject } from '../../core/json.ts';
import { decimalOf, jsonNumber, plus, usdText } from '../../core/money.ts';
import type { AutoTools } from '../../pipeline/auto/types.ts';
import type { Runtime } from '../../pipeline/runtime.ts';
import type { Refreshed } from '../../pricing/price-refresh.ts';
import { costOf } from '../../usage/cost.ts';
import { integer, nullable, optional, queryInteger, readMembers, type Rule, text } from '../../wire/detail-rules.ts';
import { detailBody } from '../detail-routes.ts';
import { administratorsOnly, callerOf } from './caller.ts';
import {
  averageOf,
  findPricedModel,
  type ModelSources,
  modelView,
  numberOf,
  type PricedModel,
  pricedModels,
} from './priced-models.ts';

/** What the routes of prices stand on. Functions are asked at each request: a reload may have changed the answer. */
export interface PricingRouterDeps {
  runtime(): Pick<Runtime, 'models' | 'model' | 'governed' | 'catalogue'>;
  /** What is known of models, by the configuration in force. */
  known(): Promise<Pick<AutoTools, 'catalogue' | 'prices'>>;
  /** Milliseconds since the epoch; undefined = no prices were fetched. */
  fetchedAt(): Promise<number | undefined>;
  refreshPrices(): Promise<Refreshed>;
}

/** Bounds of `limit`. */
export const CHEAPEST_LIMIT = { min: 1, max: 100 } as const;
export const CHEAPEST_DEFAULT_LIMIT = 5;
const LONGEST_NAME = 256;

const CHEAPEST = { limit: optional(queryInteger(CHEAPEST_LIMIT), CHEAPEST_DEFAULT_LIMIT) };
/** More than a ledger takes for one request. */
const MOST_TOKENS = 1_000_000_000;
const COUNT = integer({ min: 0, max: MOST_TOKENS });
const ESTIMATE = {
  model: modelName(),
  input_tokens: COUNT,
  output_tokens: COUNT,
  cached_tokens: optional(nullable(COUNT), null),
};

const count = { type: 'integer', minimum: 0, maximum: MOST_TOKENS } as const;

/** JSON Schema of the body of `POST /pricing/estimate`. */
export const ESTIMATE_BODY: JsonObject = {
  type: 'object',
  required: ['model', 'input_tokens', 'output_tokens'],
  properties: {
    model: { type: 'string', minLength: 1, maxLength: LONGEST_NAME },
    input_tokens: count,
    output_tokens: count,
    cached_tokens: { ...count, type: ['integer', 'null'], description: 'Part of `input_tokens`.' },
  },
};

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

/** Prices of the configured models. Only behind `identified`; a virtual key sees the models that it may use. */
export function pricingRouter(deps: PricingRouterDeps): Router {
  const router = Router();
  const sources = async (request: Request): Promise<ModelSources> => ({
    runtime: deps.runtime(),
    known: await deps.known(),
    caller: callerOf(request),
  });

  router.get('/pricing', async (request, response) => {
    const models = pricedModels(await sources(request));
    const at = (await deps.fetchedAt()) ?? deps.runtime().catalogue.created * 1_000;
    response.json({ models: models.map(modelView), updated_at: new Date(at).toISOString() });
  });

  router.get('/pricing/cheapest', async (request, response) => {
    const { limit } = readMembers(CHEAPEST, request.query, 'query');
    response.json({ models: cheapest(pricedModels(await sources(request))).slice(0, limit) });
  });

  router.get('/pricing/compare', async (request, response) => {
    response.json({ providers: compared(pricedModels(await sources(request))) });
  });

  router.post('/pricing/estimate', detailBody, async (request, response) => {
    const {
      model,
      input_tokens: input,
      output_tokens: output,
      cached_tokens,
    } = readMembers(ESTIMATE, request.body, 'body');
    const priced = known(findPricedModel(model, await sources(request)));
    const { amount } = costOf({ input, output, cachedInput: cached_tokens ?? 0 }, priced.price?.price);
    response.json({
      model: priced.model,
      cost_usd: amount === null ? null : jsonNumber(usdText(amount)),
      price_source: priced.price?.source ?? 'none',
    });
  });

  router.post('/pricing/refresh', administratorsOnly, refreshed(deps));

  // The name of a model may have slashes.
  router.get('/pricing/*model', async (request, response) => {
    const { model } = request.params as { readonly model: readonly string[] };
    response.json(modelView(known(findPricedModel(model.join('/'), await sources(request)))));
  });
  return router;
}

function refreshed(deps: PricingRouterDeps): RequestHandler {
  return async (_request, response) => {
    const result = await deps.refreshPrices();
    if (result.state === 'no_source')
      throw new DetailFault(409, 'The configuration has no `pricing.url` to fetch prices from.');
    if (result.state === 'failed') {
      throw new DetailFault(502, `Prices could not be fetched: ${result.reason}. The known ones stay in force.`);
    }
    response.json({ status: 'success', models: result.models });
  };
}
/* oxlint-enable oxc/no-async-endpoint-handlers */

/** Its length is that of JSON Schema: code points. */
function modelName(): Rule<string> {
  const bounded = text({ min: 1, max: LONGEST_NAME });
  return {
    read(value) {
      const isShort = typeof value === 'string' && value.length <= 2 * LONGEST_NAME;
      return isShort && value !== '' && countCodePoints(value) <= LONGEST_NAME ? { value } : bounded.read(value);
    },
  };
}

function known(model: PricedModel | undefined): PricedModel {
  if (model === undefined) throw new DetailFault(404, 'Model not found');
  return model;
}

interface Averaged {
  readonly model: string;
  readonly provider: string;
  /** US dollars per million tokens. */
  readonly average: number;
}

function averaged(models: readonly PricedModel[]): readonly Averaged[] {
  return models.flatMap(({ model, provider, price }) => {
    const average = averageOf(price);
    return average === undefined ? [] : [{ model, provider, average: numberOf(average) }];
  });
}

/** By their price, then by their names. What costs nothing is left out. */
function cheapest(models: readonly PricedModel[]): readonly Averaged[] {
  return averaged(models)
    .filter(({ average }) => average > 0)
    .toSorted((a, b) => a.average - b.average || (a.model < b.model ? -1 : 1));
}

function compared(models: readonly PricedModel[]): object {
  const providers = Object.entries(Object.groupBy(averaged(models), ({ provider }) => provider));
  return Object.fromEntries(
    providers.map(([provider, those = []]) => {
      const averages = those.map(({ average }) => average);
      const sum = averages.map(decimalOf).reduce(plus);
      return [
        provider,
        {
          models: those.length,
          average: Number((numberOf(sum) / those.length).toPrecision(12)),
          min: Math.min(...averages),
          max: Math.max(...averages),
        },
      ];
    }),
  );
}
