/** What a command line says of the configuration: the file, and what stands above it. */
export interface ConfigOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly logLevel?: string;
}

export interface CheckOptions {
  readonly allowUnset?: boolean;
  readonly json?: boolean;
}

export interface PrintConfigOptions extends ConfigOptions {
  readonly json?: boolean;
  readonly yaml?: boolean;
}
