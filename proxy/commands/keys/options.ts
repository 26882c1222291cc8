import type { ProxyOptions } from '../control-plane.ts';

export interface KeysOptions extends ProxyOptions {
  readonly json?: boolean;
}

export interface CreateOptions extends KeysOptions {
  readonly name: string;
  readonly description?: string;
  readonly team?: string;
  readonly customer?: string;
  readonly user?: string;
  readonly models?: string;
  readonly providers?: string;
  readonly budget?: string;
  readonly budgetReset?: string;
  readonly tokenLimit?: string;
  readonly tokenReset?: string;
  readonly requestLimit?: string;
  readonly requestReset?: string;
  readonly maxConcurrency?: string;
  readonly expires?: string;
}

export interface ListOptions extends KeysOptions {
  readonly search?: string;
}

export interface ShowOptions extends KeysOptions {
  readonly value?: boolean;
}

export interface RotateOptions extends KeysOptions {
  readonly grace?: string;
}

export interface RevokeOptions extends KeysOptions {
  readonly delete?: boolean;
}
