import { expect } from 'vitest';
import { enterTenant } from './runner-environment.ts';

// Runs once in every test file, before it: the global setup adds this module to the setup files.
enterTenant(process.env, expect.getState().testPath);
